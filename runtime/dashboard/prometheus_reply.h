#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/dashboard/board.h"

namespace meshctl::dashboard {

/// One time series of an answer of Prometheus.
struct PrometheusSeries {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<Millis, double>> points;  ///< by rising time; finite values alone

  /// Empty where there is no such label: to Prometheus they are the same.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

/// Reads the answer to a query or query_range (Prometheus HTTP API, v1): a vector or a matrix. The
/// failure is Prometheus' own words, or what makes no sense.
[[nodiscard]] Result<std::vector<PrometheusSeries>, std::string> read_prometheus_reply(
    std::string_view body);

}  // namespace meshctl::dashboard
