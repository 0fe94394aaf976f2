#include "runtime/dashboard/packing.h"

#include <cstdint>
#include <utility>

namespace meshctl::dashboard {
namespace {

using telemetry::CallTotals;
using telemetry::HistogramBins;

/// LEB128 (DWARF 5, 7.6), unsigned.
void put(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put(std::string& out, std::string_view text) {
  put(out, text.size());
  out.append(text);
}

/// Reads what put() wrote; at the first byte that does not fit, all that follows reads as 0.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return give_up();
  }
  std::string text() {
    const auto size = number();
    if (size > rest_.size()) {
      give_up();
      return {};
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  /// Of things that take a byte at least.
  std::size_t size() {
    const auto size = number();
    return size <= rest_.size() ? size : give_up();
  }
  [[nodiscard]] bool is_whole() const { return !failed_ && rest_.empty(); }

 private:
  std::uint64_t give_up() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

void put(std::string& out, const HistogramBins& bins) {
  put(out, bins.bins.size());
  if (bins.bins.empty()) return;
  put(out, bins.sum_ns);
  put(out, bins.min_ns);
  put(out, bins.max_ns);
  unsigned last = 0;
  for (const auto& bin : bins.bins) {
    put(out, bin.index - last);
    put(out, bin.count);
    last = bin.index;
  }
}

HistogramBins read_bins(Reader& in) {
  HistogramBins bins;
  const auto size = in.size();
  if (size == 0) return bins;
  bins.sum_ns = in.number();
  bins.min_ns = in.number();
  bins.max_ns = in.number();
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < size; ++i) {
    index += in.number();
    const auto count = in.number();
    if (index >= telemetry::bins::kBins) break;
    bins.bins.push_back({static_cast<std::uint16_t>(index), count});
    bins.count += count;
  }
  return bins;
}

void put(std::string& out, const CallTotals& totals) {
  put(out, totals.calls);
  put(out, totals.errors);
  put(out, totals.client_aborts);
  put(out, totals.request_body_bytes);
  put(out, totals.response_body_bytes);
  for (const auto count : totals.by_class) put(out, count);
  for (const auto count : totals.by_failure) put(out, count);
  put(out, totals.duration);
}

CallTotals read_totals(Reader& in) {
  CallTotals totals;
  totals.calls = in.number();
  totals.errors = in.number();
  totals.client_aborts = in.number();
  totals.request_body_bytes = in.number();
  totals.response_body_bytes = in.number();
  for (auto& count : totals.by_class) count = in.number();
  for (auto& count : totals.by_failure) count = in.number();
  totals.duration = read_bins(in);
  return totals;
}

std::uint64_t nanoseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration.count());
}

Duration read_duration(Reader& in) {
  return Duration{static_cast<Duration::rep>(in.number())};
}

}  // namespace

std::string pack(const Slot& slot) {
  std::string out;
  put(out, slot.usage);
  put(out, slot.cpu_busy_ns);
  put(out, slot.cpu_total_ns);
  put(out, slot.memory_bytes);
  put(out, slot.machines);
  return out;
}

std::optional<Slot> unpack_slot(std::string_view bytes) {
  Reader in(bytes);
  Slot slot;
  slot.usage = read_totals(in);
  slot.cpu_busy_ns = in.number();
  slot.cpu_total_ns = in.number();
  slot.memory_bytes = in.number();
  slot.machines = in.number();
  if (!in.is_whole()) return std::nullopt;
  return slot;
}

std::string pack(const Push& push) {
  std::string out;
  put(out, push.service);
  put(out, push.name_space);
  put(out, push.pod);
  put(out, push.version);
  put(out, push.instance);
  put(out, push.sequence);
  put(out, push.uptime_ms);
  put(out, push.is_final ? 1U : 0U);
  put(out, static_cast<std::uint64_t>(push.active_calls));
  put(out, push.open_connections);
  put(out, push.received_bytes);
  put(out, push.sent_bytes);
  put(out, push.node ? 1U : 0U);
  if (push.node) {
    put(out, nanoseconds(push.node->cpu_busy));
    put(out, nanoseconds(push.node->cpu_total));
    put(out, push.node->memory_used_bytes);
    put(out, push.node->memory_total_bytes);
  }
  put(out, push.routes.size());
  for (const auto& route : push.routes) {
    put(out, route.route);
    put(out, route.totals);
  }
  return out;
}

std::optional<Push> unpack_push(std::string_view bytes) {
  Reader in(bytes);
  Push push;
  push.service = in.text();
  push.name_space = in.text();
  push.pod = in.text();
  push.version = in.text();
  push.instance = in.text();
  push.sequence = in.number();
  push.uptime_ms = in.number();
  push.is_final = in.number() != 0;
  push.active_calls = static_cast<std::int64_t>(in.number());
  push.open_connections = in.number();
  push.received_bytes = in.number();
  push.sent_bytes = in.number();
  if (in.number() != 0) {
    push.node.emplace();
    push.node->cpu_busy = read_duration(in);
    push.node->cpu_total = read_duration(in);
    push.node->memory_used_bytes = in.number();
    push.node->memory_total_bytes = in.number();
  }
  const auto size = in.size();
  for (std::size_t i = 0; i < size; ++i) {
    telemetry::RouteStats route;
    route.route = in.text();
    route.totals = read_totals(in);
    push.routes.push_back(std::move(route));
  }
  if (!in.is_whole()) return std::nullopt;
  return push;
}

}  // namespace meshctl::dashboard
