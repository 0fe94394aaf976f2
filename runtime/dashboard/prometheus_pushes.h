#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
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
/// are as fine as the buckets; calls of streams are those that ended. Where a proxy's target has
/// several namespaces at once, as after a change of Prometheus' configuration, that of its last
/// scrape counts.
[[nodiscard]] std::vector<Push> pushes_at(const PrometheusAnswers& answers, Millis at);

/// The job and the address of a proxy, which is what its instance begins with. For as long as
/// `push` lives.
[[nodiscard]] std::string_view place_of(const Push& push);
[[nodiscard]] std::string place_of(const PrometheusSeries& series);

/// When each place was scraped last, as far as the answers know.
[[nodiscard]] std::map<std::string, Millis, std::less<>> last_scrapes(
    const PrometheusAnswers& answers, Millis at);

/// Calls of a longer silence are in no chart. Chosen: three usual intervals of scrapes.
inline constexpr Millis kLongestSilence = 45'000;

/// What happened in each step before the times from + step, from + 2 step, ... up to `to`: the
/// differences of what the proxies would have pushed. `answers` are for one subject, and begin at
/// `from`. What was counted before a proxy was first seen is left out, unless it had just started;
/// so is what was counted while it was not seen for longer than kLongestSilence and `step`.
[[nodiscard]] History::Excerpt excerpt_of(const PrometheusAnswers& answers, Millis from, Millis to,
                                          Millis step);

}  // namespace meshctl::dashboard
