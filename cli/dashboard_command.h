#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/command.h"

namespace meshctl::cli {

/// The flags of `meshctl dashboard` as they were written, with their defaults.
struct DashboardOptions {
  std::string listen = "14080";
  std::string data = "meshctl.db";
  std::string retention = "24h";
  std::string token_file;
  std::string prometheus;
  std::vector<std::string> hosts;
};

/// Declares `meshctl dashboard`. Parsing only fills `options` and sets `command`, which borrows
/// `options`.
void add_dashboard(CLI::App& app, DashboardOptions& options, Command& command);

}  // namespace meshctl::cli
