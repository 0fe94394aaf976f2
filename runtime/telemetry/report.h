#pragma once

#include <string>
#include <vector>

#include "runtime/telemetry/gate.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// What a run came to, as a document of its own. Names come from callers and the environment: each
/// form escapes them.

/// The object of json_stats(), without raw paths, and with `gates`: `gate`, `broken`, `was`. One
/// line.
[[nodiscard]] std::string json_report(const Snapshot& snapshot,
                                      const std::vector<GateVerdict>& verdicts);

/// Markdown (GitHub's and GitLab's), fit for a comment: the verdicts, then the busiest routes.
[[nodiscard]] std::string markdown_report(const Snapshot& snapshot,
                                          const std::vector<GateVerdict>& verdicts);

/// JUnit XML: a test case a gate, which fails if the gate is broken.
[[nodiscard]] std::string junit_report(const Snapshot& snapshot,
                                       const std::vector<GateVerdict>& verdicts);

}  // namespace meshctl::telemetry
