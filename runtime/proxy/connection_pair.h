#pragma once

#include <optional>
#include <vector>

#include "runtime/net/stream.h"
#include "runtime/net/timer.h"
#include "runtime/proxy/config.h"
#include "runtime/proxy/pipe.h"
#include "runtime/proxy/upstream.h"
#include "runtime/tap/connection_tap.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

class ConnectionPair;

/// What the pairs of a worker share. Outlives them.
struct PairContext {
  net::Loop& loop;
  const Config& config;
  telemetry::CallSink& calls;
  telemetry::ConnectionCounters& counters;
};

/// Who owns pairs.
class PairOwner {
 public:
  /// Destroys `pair`.
  virtual void on_pair_closed(ConnectionPair& pair) noexcept = 0;

 protected:
  ~PairOwner() = default;
};

/// A client's connection and ours to the application, with a pipe each way, and the tap that reads
/// along. Connects at once, forwards each read before the tap sees it, passes on a half-close as a
/// half-close and a reset as a reset.
class ConnectionPair final : private net::StreamOwner, private tap::ConnectionSink {
 public:
  ConnectionPair(PairContext& context, PairOwner& owner, Upstream& upstream,
                 net::TcpHandle accepted);
  ~ConnectionPair();
  ConnectionPair(const ConnectionPair&) = delete;
  ConnectionPair& operator=(const ConnectionPair&) = delete;

  /// Begins: reads the client and connects to the application. May destroy the pair.
  void start() noexcept;
  /// Ends it if its upstream ends and nobody is owed an answer. May destroy the pair.
  void close_if_idle() noexcept;
  /// Ends it whatever is under way, as time is up. May destroy the pair.
  void abort() noexcept;

  /// Its place in the owner's list.
  std::size_t index = 0;

 private:
  enum class State : std::uint8_t {
    Connecting,
    Open,
    Refused,   ///< the application is not there; the client's first bytes decide on the answer
    Answered,  ///< a 502 was sent; the client closes when it has read it
  };

  net::Next on_bytes(net::Stream& stream, std::string_view bytes) noexcept override;
  net::Next on_end(net::Stream& stream, net::StreamEnd end) noexcept override;
  net::Next on_written(net::Stream& stream, Result<void, net::UvError> result) noexcept override;
  net::Next on_connected(net::Stream& stream, Result<void, net::UvError> result) noexcept override;
  void close() noexcept override;

  void on_protocol(telemetry::ConnectionProtocol protocol) noexcept override;
  void on_doubt(telemetry::TapDoubt doubt) noexcept override;
  void on_tls_client(const telemetry::TlsClient& client) noexcept override;
  void on_server_first(std::string_view service) noexcept override;

  net::Next on_request_bytes(std::string_view bytes) noexcept;
  net::Next on_response_bytes(std::string_view bytes) noexcept;
  net::Next connect_to_next(net::UvError last) noexcept;
  void note_failure(net::UvError error) noexcept;
  /// False: the caller has gone.
  [[nodiscard]] bool find_targets() noexcept;
  [[nodiscard]] std::optional<CallerEnds> caller_ends() const noexcept;
  [[nodiscard]] bool announce_client() noexcept;
  [[nodiscard]] bool met_itself() const noexcept;
  net::Next on_refused() noexcept;
  net::Next answer_refused() noexcept;
  net::Next after_application_closed() noexcept;
  net::Next on_timer() noexcept;
  net::Next after_event() noexcept;
  net::Next reset_both(tap::Ending ending) noexcept;
  void start_timer(Duration after);

  PairContext& context_;
  PairOwner& owner_;
  Upstream& upstream_place_;
  net::Stream downstream_;
  net::Stream upstream_;
  Pipe request_pipe_{downstream_, upstream_};
  Pipe response_pipe_{upstream_, downstream_};
  tap::ConnectionTap tap_;
  /// Connecting, refused, half-closed: a pair waits for one thing at a time. Made on first use.
  std::optional<net::Timer> timer_;
  State state_ = State::Connecting;
  /// The client has its last time: to read the answer of an application that has closed, or to
  /// end the head that a 502 waits for.
  bool is_lingering_ = false;
  /// Where the application may be, while connecting.
  Targets targets_;
  std::size_t next_target_ = 0;
  /// Why calls in flight fail when the pair ends.
  tap::Ending ending_ = tap::Ending::ClientWent;
  /// The most telling failure of the attempts so far.
  net::UvError connect_error_;
};

}  // namespace meshctl::proxy
