#include "runtime/telemetry/table_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "runtime/base/units.h"

namespace meshctl::telemetry {
namespace {

/// ` name 3  name 1` of what is not zero.
template <typename Enum, std::size_t N>
std::string nonzero(const std::array<std::uint64_t, N>& counts, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < N; ++i) {
    if (counts[i] == 0) continue;
    fmt::format_to(std::back_inserter(out), "  {} {}", name_of(static_cast<Enum>(i)),
                   human_count(counts[i]));
  }
  return out;
}

/// The most frequent few of names that peers chose.
std::string names_of(const NameTotals& totals) {
  constexpr std::size_t kMostShown = 5;
  std::vector<std::pair<std::string_view, std::uint64_t>> names(totals.begin(), totals.end());
  std::ranges::stable_sort(names, [](const auto& a, const auto& b) { return a.second > b.second; });
  if (names.size() > kMostShown) names.resize(kMostShown);
  std::string out;
  for (const auto& [name, count] : names)
    fmt::format_to(std::back_inserter(out), "  {} {}", printable(name), human_count(count));
  return out;
}

/// `  websocket 2 open 5 ended` of what there was.
std::string stream_list(const StreamTotals& streams) {
  std::string out;
  const auto append = std::back_inserter(out);
  for (std::size_t i = 0; i < streams.kinds.size(); ++i) {
    const auto& kind = streams.kinds[i];
    if (kind.active == 0 && kind.ended == 0) continue;
    fmt::format_to(append, "  {} {} open {} ended", name_of(static_cast<StreamKind>(i)),
                   kind.active, human_count(kind.ended));
  }
  return out;
}

std::string message_list(const StreamTotals& streams) {
  std::string out;
  for (std::size_t i = 0; i < streams.messages.size(); ++i) {
    const auto& [received, sent] = streams.messages[i];
    if (received.messages == 0 && sent.messages == 0) continue;
    fmt::format_to(std::back_inserter(out), "  {} in {} out {}",
                   name_of(static_cast<MessageProtocol>(i)), human_count(received.messages),
                   human_count(sent.messages));
  }
  return out;
}

}  // namespace

std::string cut(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  return fmt::format("{}…", text.substr(0, width - 1));
}

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

std::vector<std::string> table_notes(const Snapshot& now) {
  const ConnectionTotals& all = now.connections;
  std::vector<std::string> notes{
      fmt::format("connections  open {}  accepted {}  active calls {}  in {}  out {}",
                  human_count(all.open), human_count(all.accepted), now.active_calls,
                  human_bytes(all.received_bytes), human_bytes(all.sent_bytes))};
  const auto add = [&](std::string_view title, const std::string& list) {
    if (!list.empty()) notes.push_back(fmt::format("{}{}", title, list));
  };
  add("errors", nonzero<ErrorType>(now.by_error, 1));
  add("connect failures", nonzero<ErrorType>(all.upstream_connect_failures, 1));
  if (all.accept_failures != 0) add("accept failures  ", human_count(all.accept_failures));
  if (now.access_log_dropped_lines != 0)
    add("access log  lines lost  ", human_count(now.access_log_dropped_lines));
  add("streams", stream_list(now.streams));
  add("messages", message_list(now.streams));
  add("protocols", nonzero<ConnectionProtocol>(all.by_protocol, 0));
  add("not read along", nonzero<TapDoubt>(all.doubts, 0));
  add("tls servers", names_of(all.tls_server_names));
  add("server first", names_of(all.server_first));
  return notes;
}

std::vector<std::string> status_notes(const Snapshot& snapshot) {
  std::vector<std::string> notes;
  const auto append = [&](std::string_view text) { notes.back() += text; };
  if (!snapshot.by_status.empty()) notes.emplace_back("status");
  for (const auto& [status, count] : snapshot.by_status) {
    const auto name = status == 0 ? std::string("none") : fmt::format("{}", status);
    append(fmt::format("  {} {}", name, human_count(count)));
  }
  if (!snapshot.by_grpc_status.empty()) notes.emplace_back("grpc status");
  for (const auto& [code, count] : snapshot.by_grpc_status) {
    const auto name = code == kNoGrpcStatus ? "none" : grpc_status_name(code);
    append(fmt::format("  {} {}", name, human_count(count)));
  }
  return notes;
}

}  // namespace meshctl::telemetry
