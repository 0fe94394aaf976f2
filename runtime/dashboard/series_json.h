#pragma once

#include <string>

#include "runtime/dashboard/history.h"

namespace meshctl::dashboard {

/// What happened to one thing, in columns: the document of the format `meshctl-series-1`, and the
/// same as CSV (RFC 4180), in which the heatmap is left out.
[[nodiscard]] std::string series_json(const History::Excerpt& excerpt, bool with_heatmap);
[[nodiscard]] std::string series_csv(const History::Excerpt& excerpt);

}  // namespace meshctl::dashboard
