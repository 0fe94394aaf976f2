#pragma once

#include <functional>

namespace meshctl::cli {

/// What the process ends with, everywhere (docs/run.md, docs/inject.md). A wrapped command's own
/// code passes through beside these.
enum class ExitCode : int {
  Done = 0,
  Failed = 1,      ///< refused input, or failed at run time
  Usage = 2,       ///< the command line does not make sense
  GateFailed = 3,  ///< a gate or check failed
};

/// What the command line chose to do. Parsing fills the options of a command and sets this; it
/// opens no file and starts nothing, so a test can parse any command line.
using Command = std::function<ExitCode()>;

}  // namespace meshctl::cli
