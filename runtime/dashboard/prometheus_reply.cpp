#include "runtime/dashboard/prometheus_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace meshctl::dashboard {
namespace {

using Json = nlohmann::json;

/// Takes series out of the text as it is read: as a tree, a big answer is ten times its size.
///
///     {"status": ..., "error": ..., "data": {"result": [
///       {"metric": {"le": "0.5"}, "value": [1435781430.781, "1"], "values": [[...], ...]}]}}
class Reader final : public nlohmann::json_sax<Json> {
 public:
  std::vector<PrometheusSeries> series;
  std::string error;
  bool has_result = false;

  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t number) override {
    return number_float(static_cast<double>(number), {});
  }
  bool number_unsigned(number_unsigned_t number) override {
    return number_float(static_cast<double>(number), {});
  }
  bool number_float(number_float_t number, const string_t&) override {
    if (!is_point()) return other();
    time_ = number;
    has_time_ = position_++ == 0;
    return true;
  }
  bool string(string_t& text) override {
    if (depth_ == 1 && keys_[1] == "error") error = text;
    if (depth_ == kInLabels && is_in(kInLabels, "metric") && !series.empty())
      series.back().labels.emplace_back(keys_[kInLabels], text);
    if (is_point() && position_++ == 1 && has_time_) add_point(text);
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter(false); }
  bool key(string_t& name) override {
    keys_[depth_] = name;
    return true;
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(true); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  static constexpr std::size_t kInData = 2;
  static constexpr std::size_t kInResult = 3;
  static constexpr std::size_t kInSeries = 4;
  static constexpr std::size_t kInLabels = 5;  ///< and in `value`
  static constexpr std::size_t kInValues = 6;
  static constexpr std::size_t kMostDepth = 16;

  /// Whether what is open at `depth` is the value of `name`.
  [[nodiscard]] bool is_in(std::size_t depth, std::string_view name) const {
    return depth_ >= depth && is_array_[kInResult] && keys_[1] == "data" &&
           keys_[kInData] == "result" && keys_[kInSeries] == name;
  }
  [[nodiscard]] bool is_point() const {
    return (depth_ == kInLabels && is_array_[kInLabels] && is_in(kInLabels, "value")) ||
           (depth_ == kInValues && is_array_[kInValues] && is_in(kInValues, "values"));
  }
  bool other() {
    if (is_point()) ++position_;
    return true;
  }
  bool enter(bool is_array) {
    other();
    if (++depth_ == kMostDepth) return false;
    keys_[depth_].clear();
    is_array_[depth_] = is_array;
    position_ = 0;
    has_time_ = false;
    if (depth_ == kInResult && is_array && keys_[1] == "data" && keys_[kInData] == "result")
      has_result = true;
    if (depth_ == kInSeries && !is_array && has_result && is_in(kInSeries, ""))
      series.emplace_back();
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  void add_point(const std::string& text) {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value)) return;
    if (series.empty() || std::abs(time_) > 1e12) return;
    series.back().points.emplace_back(static_cast<Millis>(std::llround(time_ * 1000)), value);
  }

  std::size_t depth_ = 0;
  std::array<std::string, kMostDepth> keys_;  ///< the last key at each depth
  std::array<bool, kMostDepth> is_array_{};
  int position_ = 0;  ///< in a point
  double time_ = 0;
  bool has_time_ = false;
};

}  // namespace

std::string_view PrometheusSeries::label(std::string_view name) const {
  const auto found = std::ranges::find(labels, name, &std::pair<std::string, std::string>::first);
  return found == labels.end() ? std::string_view{} : found->second;
}

Result<std::vector<PrometheusSeries>, std::string> read_prometheus_reply(std::string_view body) {
  Reader reader;
  const bool is_whole = Json::sax_parse(body, &reader);
  if (is_whole && !reader.error.empty()) return fail(fmt::format("it says: {}", reader.error));
  if (!is_whole || !reader.has_result)
    return fail(std::string("it does not answer as Prometheus does"));
  return std::move(reader.series);
}

}  // namespace meshctl::dashboard
