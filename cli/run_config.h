#pragma once

#include <string>
#include <vector>

#include "cli/flag_values.h"
#include "cli/otlp_flags.h"
#include "cli/run_options.h"
#include "runtime/proxy/config.h"
#include "runtime/telemetry/gate.h"

namespace meshctl::cli {

/// What `run` knows of where it runs, from outside the command line.
struct RunSurroundings {
  bool stdout_is_terminal = false;  ///< one that can be painted over, so not TERM=dumb
  bool shows_colours = false;       ///< see shows_colours()
  bool is_in_pod = false;
  std::string service{};
  std::string pod{};
  std::string name_space{};  ///< of Kubernetes
  OtelVariables otel{};
  std::size_t cpu_limit = 1;  ///< see proxy::cpu_limit()
};

/// A file that is written at the end.
struct ReportFile {
  enum class Form { Json, Markdown, Junit };
  std::string path;
  Form form = Form::Json;
};

/// What the run is judged by at its end.
struct RunJudgement {
  std::vector<telemetry::Gate> gates;
  std::vector<ReportFile> reports;
};

[[nodiscard]] Result<RunJudgement, UsageProblem> resolve_judgement(const RunOptions& options);

/// Turns flags into a configuration with nothing left open. Opens and starts nothing.
[[nodiscard]] Result<proxy::Config, UsageProblem> resolve_run(const RunOptions& options,
                                                              const RunSurroundings& surroundings);

}  // namespace meshctl::cli
