#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace meshctl::cli {

/// The flags of `meshctl run` as they were written, with their defaults. Each has an environment
/// twin, `MESHCTL_` and its name in capitals.
struct RunOptions {
  std::string upstream;
  std::string listen;
  std::vector<std::string> forwards;
  std::string admin = "14000";
  std::vector<std::string> admin_hosts;
  std::string protocol = "auto";
  std::string output;
  std::string sort = "calls";
  std::string interval = "1s";
  std::string access_log;
  std::string access_log_format = "json";
  std::string access_log_sample = "100%";
  std::string access_log_only = "all";
  std::string otlp;
  std::string otlp_interval;
  std::string dashboard;
  std::string token_file;
  std::string connect_timeout = "5s";
  std::string half_close_timeout = "60s";
  std::string keepalive;
  std::string drain_delay;
  std::string drain_timeout = "25s";
  std::string max_connections = "0";
  std::string threads = "1";
  std::string send_proxy = "none";
  std::string when_down;
  std::vector<std::string> route;
  std::string routes_from;
  std::string routes = "auto";
  std::string duration;
  std::string start_timeout = "60s";
  std::vector<std::string> fail_on;
  std::vector<std::string> reports;
  bool has_command = false;          ///< there is a `--`
  std::vector<std::string> command;  ///< behind it
};

/// Takes the words behind `--` off a command line `meshctl run ...` into `options.command`, for
/// CLI11 2.1 would read their flags as its own. Returns how many words are left; those of another
/// command are all left.
[[nodiscard]] int take_command(int argc, const char* const* argv, RunOptions& options);

/// Declares the flags on `command`; parsing fills `options`, which must outlive it.
void add_run_options(CLI::App& command, RunOptions& options);

}  // namespace meshctl::cli
