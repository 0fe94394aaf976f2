#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// What a gate looks at, over the whole run.
enum class GateMetric : std::uint8_t {
  Calls,
  Errors,
  ClientAborts,
  ErrorRate,  ///< errors of all calls, 0 to 1
  Rps,        ///< calls a second
  Mean,       ///< of the duration, in seconds, like those below
  P50,
  P90,
  P95,
  P99,
  P999,
  Max,
};

enum class GateOperator : std::uint8_t {
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Equal,
  NotEqual
};

/// A condition that must not hold at the end: `error_rate>1%`, `p99>250ms on /orders/{id}`.
struct Gate {
  GateMetric metric = GateMetric::Calls;
  GateOperator op = GateOperator::Greater;
  double limit = 0;   ///< calls, a share of 1, calls a second, or seconds
  std::string route;  ///< empty: all of them together
  std::string text;   ///< as it was written
};

/// What is wrong with the text of a gate, for the person who wrote it.
struct GateProblem {
  std::string problem;
  std::string hint;
};

/// Reads `METRIC OP VALUE [on ROUTE]`, with or without spaces round OP.
[[nodiscard]] Result<Gate, GateProblem> parse_gate(std::string_view text);

/// What became of a gate.
struct GateVerdict {
  Gate gate;
  bool is_broken = false;
  /// What the metric was, for people: `312 ms`, `2.50 % (5 of 200 calls)`, `no calls`.
  std::string was;
};

/// Judges over the run that `snapshot` covers. Rates and durations of no calls break no gate.
[[nodiscard]] std::vector<GateVerdict> judge(const std::vector<Gate>& gates,
                                             const Snapshot& snapshot);

}  // namespace meshctl::telemetry
