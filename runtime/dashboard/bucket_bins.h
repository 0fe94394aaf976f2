#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/telemetry/histogram_bins.h"

namespace meshctl::dashboard {

/// The buckets of a Prometheus histogram: upper bound in seconds (the last one infinite), and the
/// calls up to it; by rising bound.
using CumulativeBuckets = std::vector<std::pair<double, std::uint64_t>>;

/// The same calls in our bins, each bucket's spread evenly over its width, as histogram_quantile()
/// has it: those above the last finite bound count as that bound. A count that rises makes no bin
/// fall, so that histograms of one proxy can be subtracted. The sum is unknown: 0.
[[nodiscard]] telemetry::HistogramBins bins_of(const CumulativeBuckets& buckets);

}  // namespace meshctl::dashboard
