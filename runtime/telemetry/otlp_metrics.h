#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/exemplars.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// Attributes of a point or of the resource. Those without a value are left out.
class OtlpAttributes {
 public:
  using Json = nlohmann::ordered_json;

  OtlpAttributes& add(std::string_view key, std::string_view value) {
    if (!value.empty()) list_.push_back({{"key", key}, {"value", {{"stringValue", value}}}});
    return *this;
  }
  OtlpAttributes& add(std::string_view key, std::uint64_t value) {
    list_.push_back({{"key", key}, {"value", {{"intValue", std::to_string(value)}}}});
    return *this;
  }
  [[nodiscard]] const Json& list() const noexcept { return list_; }

 private:
  Json list_ = Json::array();
};

/// Writes metrics as protobuf's JSON mapping has them (opentelemetry/proto/metrics/v1): 64-bit
/// integers as strings, and no metric without a point.
class OtlpMetrics {
 public:
  using Json = nlohmann::ordered_json;
  using Attributes = OtlpAttributes;

  struct Named {
    std::string_view name;
    std::string_view unit;  ///< UCUM
    std::string_view description;
  };
  enum class Kind { Counter, UpDownCounter };

  explicit OtlpMetrics(const Snapshot& snapshot);

  /// Begins a metric; the points that follow are its.
  void begin_sum(const Named& named, Kind kind);
  void begin_histogram(const Named& named);

  void point(std::uint64_t value, const Attributes& attributes = {});
  void point(std::int64_t value, const Attributes& attributes = {});
  /// In seconds.
  void point(Duration value);

  /// A point of a histogram whose values are `scale` times those of the unit: 1e9 for nanoseconds
  /// in seconds.
  template <std::size_t N>
  void point(const std::array<std::uint64_t, N>& bounds, const BucketCounts<N>& buckets,
             double scale, const Attributes& attributes,
             const std::vector<Exemplar>& exemplars = {}) {
    Json json = new_point(attributes);
    json["count"] = std::to_string(buckets.count());
    json["sum"] = static_cast<double>(buckets.sum) / scale;
    Json& counts = json["bucketCounts"] = Json::array();
    for (const auto count : buckets.counts) counts.push_back(std::to_string(count));
    Json& limits = json["explicitBounds"] = Json::array();
    for (const auto bound : bounds) limits.push_back(static_cast<double>(bound) / scale);
    if (!exemplars.empty()) json["exemplars"] = printed(exemplars, scale);
    points().push_back(std::move(json));
  }

  /// All metrics that have points.
  [[nodiscard]] Json take();

 private:
  Json& begin(const Named& named, std::string_view kind);
  [[nodiscard]] Json& points();
  [[nodiscard]] Json new_point(const Attributes& attributes) const;
  [[nodiscard]] Json printed(const std::vector<Exemplar>& exemplars, double scale) const;

  const Identity& identity_;
  std::string start_;
  std::string now_;
  std::string kind_;
  Json metrics_ = Json::array();
};

}  // namespace meshctl::telemetry
