#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/telemetry/named_counts.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/owned_counter.h"

namespace meshctl::telemetry {

/// What one thread counts of its connections, live. The proxy writes it, any thread reads it.
struct ConnectionCounters {
  OwnedCounter accepted;
  OwnedCounter closed;          ///< open ones are accepted - closed
  OwnedCounter received_bytes;  ///< downstream to upstream, heads and framing included
  OwnedCounter sent_bytes;      ///< upstream to downstream, likewise
  OwnedCounter accept_failures;
  std::array<OwnedCounter, kErrorTypes> upstream_connect_failures;
  /// Counted once a connection, when its protocol becomes known (at its close if it never did).
  std::array<OwnedCounter, kConnectionProtocols> by_protocol;
  std::array<OwnedCounter, kTapDoubts> doubts;
  /// Of TLS clients: versions and protocols that they offer, servers that they ask for.
  NamedCounts tls_versions;
  NamedCounts tls_alpn;
  NamedCounts tls_server_names;
  /// Services that spoke first, by what their greeting looks like.
  NamedCounts server_first;

  void connect_failed(ErrorType error) noexcept {
    upstream_connect_failures[static_cast<std::size_t>(error)].add(1);
  }
  void speaks(ConnectionProtocol protocol) noexcept {
    by_protocol[static_cast<std::size_t>(protocol)].add(1);
  }
  void doubted(TapDoubt doubt) noexcept { doubts[static_cast<std::size_t>(doubt)].add(1); }
  void met(const TlsClient& client);
};

/// The same at rest, of one or several threads.
struct ConnectionTotals {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t accept_failures = 0;
  std::array<std::uint64_t, kErrorTypes> upstream_connect_failures{};
  std::array<std::uint64_t, kConnectionProtocols> by_protocol{};
  std::array<std::uint64_t, kTapDoubts> doubts{};
  NameTotals tls_versions;
  NameTotals tls_alpn;
  NameTotals tls_server_names;
  NameTotals server_first;

  void add(const ConnectionCounters& counters);
  /// What was counted after `earlier`; `open` is a level and stays.
  [[nodiscard]] ConnectionTotals since(const ConnectionTotals& earlier) const;
};

}  // namespace meshctl::telemetry
