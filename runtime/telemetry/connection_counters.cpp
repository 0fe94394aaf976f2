#include "runtime/telemetry/connection_counters.h"

namespace meshctl::telemetry {
namespace {

template <typename Array>
Array minus(const Array& later, const Array& earlier) noexcept {
  Array result{};
  for (std::size_t i = 0; i < later.size(); ++i) result[i] = later[i] - earlier[i];
  return result;
}

}  // namespace

void ConnectionCounters::met(const TlsClient& client) {
  tls_versions.count(client.version);
  if (!client.alpn.empty()) tls_alpn.count(client.alpn);
  if (!client.server_name.empty()) tls_server_names.count(client.server_name);
}

void ConnectionTotals::add(const ConnectionCounters& counters) {
  // Closed is read first, and capped: a connection that comes and goes in between cannot make the
  // number of open ones negative.
  const auto closed = counters.closed.read();
  const auto accepted_here = counters.accepted.read();
  accepted += accepted_here;
  open += accepted_here > closed ? accepted_here - closed : 0;
  received_bytes += counters.received_bytes.read();
  sent_bytes += counters.sent_bytes.read();
  accept_failures += counters.accept_failures.read();
  for (std::size_t i = 0; i < upstream_connect_failures.size(); ++i)
    upstream_connect_failures[i] += counters.upstream_connect_failures[i].read();
  for (std::size_t i = 0; i < by_protocol.size(); ++i)
    by_protocol[i] += counters.by_protocol[i].read();
  for (std::size_t i = 0; i < doubts.size(); ++i) doubts[i] += counters.doubts[i].read();
  counters.tls_versions.add_to(tls_versions);
  counters.tls_alpn.add_to(tls_alpn);
  counters.tls_server_names.add_to(tls_server_names);
  counters.server_first.add_to(server_first);
}

ConnectionTotals ConnectionTotals::since(const ConnectionTotals& earlier) const {
  ConnectionTotals result = *this;
  result.accepted -= earlier.accepted;
  result.received_bytes -= earlier.received_bytes;
  result.sent_bytes -= earlier.sent_bytes;
  result.accept_failures -= earlier.accept_failures;
  result.upstream_connect_failures =
      minus(upstream_connect_failures, earlier.upstream_connect_failures);
  result.by_protocol = minus(by_protocol, earlier.by_protocol);
  result.doubts = minus(doubts, earlier.doubts);
  result.tls_versions = difference(tls_versions, earlier.tls_versions);
  result.tls_alpn = difference(tls_alpn, earlier.tls_alpn);
  result.tls_server_names = difference(tls_server_names, earlier.tls_server_names);
  result.server_first = difference(server_first, earlier.server_first);
  return result;
}

}  // namespace meshctl::telemetry
