#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/command.h"
#include "runtime/base/result.h"
#include "runtime/proxy/config.h"

namespace meshctl::cli {

/// The flags of `meshctl run` as they were written, with their defaults. Each has an environment
/// twin, `MESHCTL_` and its name in capitals.
struct RunOptions {
  std::string upstream;
  std::string listen;
  std::vector<std::string> forwards;
  std::string admin = "14000";
  std::string protocol = "auto";
  std::string output;
  std::string interval = "1s";
  std::string access_log;
  std::string connect_timeout = "5s";
  std::string half_close_timeout = "60s";
  std::string drain_delay;
  std::string drain_timeout = "25s";
  std::string max_connections = "0";
  std::string threads = "1";
  std::string send_proxy = "none";
};

/// What `run` knows of where it runs, from outside the command line.
struct RunSurroundings {
  bool stdout_is_terminal = false;
  bool is_in_pod = false;
  std::string service;
  std::string pod;
  std::size_t cpu_limit = 1;  ///< see net::cpu_limit()
};

/// A flag that does not make sense, in words for the person who wrote it.
struct UsageProblem {
  std::string problem;
  std::string hint;
};

/// Declares `meshctl run`. Parsing only fills `options` and sets `command`, which borrows
/// `options`.
void add_run(CLI::App& app, RunOptions& options, Command& command);

/// Turns flags into a configuration with nothing left open. Opens and starts nothing.
[[nodiscard]] Result<proxy::Config, UsageProblem> resolve_run(const RunOptions& options,
                                                              const RunSurroundings& surroundings);

}  // namespace meshctl::cli
