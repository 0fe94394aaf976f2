#pragma once

#include <array>
#include <string>
#include <vector>

#include "runtime/dashboard/board.h"
#include "runtime/dashboard/history.h"
#include "runtime/dashboard/prometheus_figures.h"
#include "runtime/dashboard/prometheus_reply.h"

namespace meshctl::dashboard {

/// The answers for each Figure, by its number.
using PrometheusAnswers = std::array<std::vector<PrometheusSeries>, kFigures>;

/// What each proxy would have pushed at `at`, made of its metrics there. An instance is a proxy of
/// one job at one address since one start; routes are those that the answers tell apart. Durations
/// are as fine as the buckets; calls of streams are those that ended.
[[nodiscard]] std::vector<Push> pushes_at(const PrometheusAnswers& answers, Millis at);

/// What happened in each step before the times from + step, from + 2 step, ... up to `to`: the
/// differences of what the proxies would have pushed. `answers` are for one subject, and begin at
/// `from`. What was counted before a proxy was first seen is left out, unless it had just started.
[[nodiscard]] History::Excerpt excerpt_of(const PrometheusAnswers& answers, Millis from, Millis to,
                                          Millis step);

}  // namespace meshctl::dashboard
