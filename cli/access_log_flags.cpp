#include "cli/access_log_flags.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace meshctl::cli {
namespace {

using proxy::AccessLogConfig;

constexpr std::array<std::pair<std::string_view, AccessLogConfig::Form>, 2> kForms{
    {{"json", AccessLogConfig::Form::Json}, {"text", AccessLogConfig::Form::Text}}};

constexpr std::array<std::pair<std::string_view, bool>, 2> kOnlyErrors{
    {{"all", false}, {"errors", true}}};

/// `5%`, `0.1%`: the share of 2^64.
std::optional<std::uint64_t> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double percent = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  if (!is_number || !(percent >= 0 && percent <= 100)) return std::nullopt;
  const double share = std::ldexp(percent / 100, 64);
  return share < std::ldexp(1.0, 64) ? static_cast<std::uint64_t>(share) : AccessLogConfig::kAll;
}

}  // namespace

Result<AccessLogConfig, UsageProblem> read_access_log(const RunOptions& options) {
  AccessLogConfig config;
  config.path = options.access_log;
  const auto form = choose("--access-log-format", options.access_log_format, kForms);
  if (!form) return fail(form.error());
  config.form = *form;
  const auto share = parse_share(options.access_log_sample);
  if (!share) {
    return fail(bad_flag("--access-log-sample",
                         fmt::format("'{}' is no share", options.access_log_sample),
                         "write a percentage, such as 5% or 0.1%"));
  }
  config.sample = *share;
  const auto only_errors = choose("--access-log-only", options.access_log_only, kOnlyErrors);
  if (!only_errors) return fail(only_errors.error());
  config.only_errors = *only_errors;
  return config;
}

}  // namespace meshctl::cli
