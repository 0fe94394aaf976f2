#include "cli/inject/drain_timeout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "cli/inject/merged.h"
#include "cli/inject/yaml_number.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kGracePeriod = "terminationGracePeriodSeconds";
constexpr std::string_view kFlag = "--drain-timeout";
constexpr std::string_view kTwin = "MESHCTL_DRAIN_TIMEOUT";
constexpr std::int64_t kDefaultGraceSeconds = 30;
/// `meshctl run` takes no longer duration.
constexpr std::int64_t kDaySeconds = 86'400;

bool is_set_by_user(const Settings& settings) {
  const auto is_flag = [](std::string_view arg) { return arg.substr(0, arg.find('=')) == kFlag; };
  return std::ranges::any_of(settings.args, is_flag) ||
         std::ranges::any_of(settings.env, [](const auto& each) { return each.first == kTwin; });
}

/// Up to what the API server reads, an int64.
std::optional<std::int64_t> whole_seconds(const Node& node) {
  constexpr double kLimit = 9.2e18;
  const auto number = number_of(node);
  if (!number || *number > kLimit) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*number);
  return static_cast<double>(whole) == *number ? std::optional(whole) : std::nullopt;
}

std::string timeout_within(std::int64_t grace_seconds) {
  const auto grace_ms = std::min(grace_seconds, 2 * kDaySeconds) * 1000;  // cannot overflow
  const auto reserve_ms = std::clamp<std::int64_t>(grace_ms / 10, 500, 5000);
  const auto ms = std::clamp<std::int64_t>(grace_ms - reserve_ms, 0, kDaySeconds * 1000);
  return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

}  // namespace

std::optional<std::string> drain_timeout(const SourceText& source, const Document& document,
                                         const Workload& workload, const Settings& settings,
                                         Diagnostics& problems) {
  if (is_set_by_user(settings)) return std::nullopt;
  const Node* period = merged_value(document, *workload.pod_spec, kGracePeriod);
  if (period == nullptr || period->is_null()) return timeout_within(kDefaultGraceSeconds);
  if (const auto seconds = whole_seconds(*period)) return timeout_within(*seconds);
  const auto* what = period->value.starts_with("${") ? "a parameter" : "no number of seconds";
  problems.push_back(
      at(source, period->begin, Severity::Note,
         fmt::format("this grace period is {}, so the sidecar of {} gets no {}: it drains for up "
                     "to 25s",
                     what, workload.head.display(), kFlag),
         fmt::format("set it with the annotation meshctl.dev/arg: {}=TIME, a little below the "
                     "grace period",
                     kFlag)));
  return std::nullopt;
}

}  // namespace meshctl::inject
