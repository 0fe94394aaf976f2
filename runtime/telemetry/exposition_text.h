#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/trace_id.h"
#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/prometheus_text.h"

namespace meshctl::telemetry {

/// An exemplar as it is printed.
struct PrintedExemplar {
  std::size_t bucket = 0;
  TraceId trace;
  std::string value;
  std::string unix_seconds;
};

/// Writes one family after the other, so none can interleave, in either format. A name is always
/// the sample's: `..._total`, `..._info`.
class ExpositionText {
 public:
  explicit ExpositionText(TextFormat format) : format_(format) {}

  template <typename... Args>
  void line(fmt::format_string<Args...> form, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Args>(args)...);
    out_.push_back('\n');
  }

  void family(std::string_view name, std::string_view type, std::string_view help) {
    if (format_ == TextFormat::Prometheus) {
      line("# HELP {} {}", name, help);
      line("# TYPE {} {}", name, type == "info" ? "gauge" : type);
      return;
    }
    // OpenMetrics 1.0: a family is named without the suffix of its samples, and ends in its unit.
    for (const std::string_view suffix : {"_total", "_info"}) {
      if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
    }
    line("# HELP {} {}", name, help);
    line("# TYPE {} {}", name, type);
    for (const std::string_view unit : {"seconds", "bytes"}) {
      if (name.ends_with(unit)) line("# UNIT {} {}", name, unit);
    }
  }

  template <typename Value>
  void single(std::string_view name, std::string_view type, std::string_view help, Value value) {
    family(name, type, help);
    line("{} {}", name, value);
  }

  /// A counter with one series for each value of an enumeration from `first` on, zeros too: series
  /// do not come and go.
  template <typename Enum, std::size_t N>
  void by(std::string_view name, std::string_view label, std::string_view help,
          const std::array<std::uint64_t, N>& counts, std::size_t first) {
    family(name, "counter", help);
    for (std::size_t i = first; i < N; ++i)
      line("{}{{{}=\"{}\"}} {}", name, label, name_of(static_cast<Enum>(i)), counts[i]);
  }

  /// `exemplars` by rising bucket; the format that knows none leaves them out.
  template <std::size_t N>
  void histogram(std::string_view name, std::string_view labels,
                 const std::array<std::uint64_t, N>& bounds, const BucketCounts<N>& buckets,
                 std::string (*print)(std::uint64_t),
                 std::span<const PrintedExemplar> exemplars = {}) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= N; ++i) {
      below += buckets.counts[i];
      fmt::format_to(std::back_inserter(out_), "{}_bucket{{{},le=\"{}\"}} {}", name, labels,
                     i < N ? bound(print(bounds[i])) : "+Inf", below);
      if (!exemplars.empty() && exemplars.front().bucket == i) {
        put_exemplar(exemplars.front());
        exemplars = exemplars.subspan(1);
      }
      out_.push_back('\n');
    }
    line("{}_sum{{{}}} {}", name, labels, print(buckets.sum));
    line("{}_count{{{}}} {}", name, labels, below);
  }

  [[nodiscard]] std::string take() {
    if (format_ == TextFormat::OpenMetrics) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  /// OpenMetrics wants the canonical form of a float: `1.0`.
  [[nodiscard]] std::string bound(std::string text) const {
    const bool is_whole = text.find('.') == std::string::npos;
    return is_whole && format_ == TextFormat::OpenMetrics ? std::move(text) + ".0" : text;
  }
  void put_exemplar(const PrintedExemplar& exemplar) {
    if (format_ != TextFormat::OpenMetrics) return;
    fmt::format_to(std::back_inserter(out_), " # {{trace_id=\"{}\"}} {} {}",
                   to_string(exemplar.trace), exemplar.value, exemplar.unix_seconds);
  }

  TextFormat format_;
  std::string out_;
};

}  // namespace meshctl::telemetry
