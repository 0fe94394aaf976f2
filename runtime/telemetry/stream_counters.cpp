#include "runtime/telemetry/stream_counters.h"

#include <algorithm>

namespace meshctl::telemetry {

std::size_t close_code_index(std::uint16_t code) noexcept {
  if (code == 0) return kNoCloseCode;
  if (code < kFirstCloseCode || code > kLastCloseCode) return kOtherCloseCode;
  return code - std::size_t{kFirstCloseCode};
}

std::string_view close_code_name(std::size_t index) noexcept {
  constexpr std::array<std::string_view, kCloseCodes> kNames{
      "1000", "1001", "1002", "1003", "1004", "1005", "1006", "1007",   "1008",
      "1009", "1010", "1011", "1012", "1013", "1014", "1015", "_OTHER", "none"};
  return kNames[index];
}

void StreamCounters::count(StreamKind kind, bool is_error, Duration duration) noexcept {
  auto& counters = kinds[static_cast<std::size_t>(kind)];
  counters.ended.add(1);
  if (is_error) counters.errors.add(1);
  counters.duration.record(std::max(duration, Duration{0}));
}

void StreamTotals::add(const StreamCounters& counters) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto& live = counters.kinds[i];
    kinds[i].active += static_cast<std::int64_t>(live.active.read());
    kinds[i].ended += live.ended.read();
    kinds[i].errors += live.errors.read();
    kinds[i].duration.merge(live.duration.read());
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    for (std::size_t flow = 0; flow < messages[i].size(); ++flow) {
      messages[i][flow].messages += counters.messages[i][flow].messages.read();
      messages[i][flow].bytes += counters.messages[i][flow].bytes.read();
    }
  }
  for (std::size_t i = 0; i < closes.size(); ++i) closes[i] += counters.closes[i].read();
}

StreamTotals StreamTotals::since(const StreamTotals& earlier) const {
  StreamTotals result = *this;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    result.kinds[i].ended -= earlier.kinds[i].ended;
    result.kinds[i].errors -= earlier.kinds[i].errors;
    result.kinds[i].duration = kinds[i].duration.since(earlier.kinds[i].duration);
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    for (std::size_t flow = 0; flow < messages[i].size(); ++flow) {
      result.messages[i][flow].messages -= earlier.messages[i][flow].messages;
      result.messages[i][flow].bytes -= earlier.messages[i][flow].bytes;
    }
  }
  for (std::size_t i = 0; i < closes.size(); ++i) result.closes[i] -= earlier.closes[i];
  return result;
}

}  // namespace meshctl::telemetry
