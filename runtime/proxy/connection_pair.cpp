#include "runtime/proxy/connection_pair.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/assert.h"
#include "runtime/http/request_wishes.h"

namespace meshctl::proxy {
namespace {

using net::Next;
using telemetry::ConnectionProtocol;
using telemetry::ErrorType;

/// A client whose connection is refused upstream has this long to send a request head: it tells
/// that the client understands a 502. Chosen: a client that speaks first does so at once.
constexpr Duration kFirstBytesGrace = std::chrono::milliseconds(100);
/// The same for the rest of a head that has begun.
constexpr Duration kHeadGrace = std::chrono::seconds(2);
/// How long a client may take to read the last answer and close.
constexpr Duration kAnswerLinger = std::chrono::seconds(1);

/// Where `port` is listened at though not at loopback, in words; empty: nowhere.
std::string places_of(std::uint16_t port) {
  for (const auto& address : listening_addresses().value_or(std::vector<net::Address>())) {
    if (address.port() == port && !address.is_loopback())
      return fmt::format("; it listens at {} alone", address.to_string());
  }
  return {};
}

/// Callers from outside learn no address: whether and where the application listens is for those
/// who are on this machine.
std::string refusal(const Upstream& upstream, net::UvError error, bool is_local_caller) {
  if (upstream.is_auto() && upstream.port() == 0)
    return "meshctl: no application listens here yet\n";
  if (!is_local_caller)
    return fmt::format("meshctl: the application does not answer: {}\n", net::message(error));
  const auto elsewhere = upstream.has_host() ? std::string() : places_of(upstream.port());
  return fmt::format("meshctl: the application at {} does not answer: {}{}\n", upstream.describe(),
                     net::message(error), elsewhere);
}

}  // namespace

ConnectionPair::ConnectionPair(PairContext& context, PairOwner& owner, Upstream& upstream,
                               net::TcpHandle accepted)
    : context_(context),
      owner_(owner),
      upstream_place_(upstream),
      downstream_(context.loop, *this, std::move(accepted)),
      upstream_(context.loop, *this),
      tap_(context.calls, *this, context.config.protocol) {
  context_.counters.accepted.add(1);
  response_pipe_.open_sink();
}

ConnectionPair::~ConnectionPair() {
  tap_.end(ending_, now());
  if (tap_.protocol() == ConnectionProtocol::Unknown) context_.counters.speaks(tap_.protocol());
  context_.counters.closed.add(1);
}

void ConnectionPair::start() noexcept {
  downstream_.start_reading();
  if (!find_targets()) return close();  // the caller has gone already
  if (connect_to_next({}) == Next::Close) close();
}

/// Asks the kernel for no more than it takes: a system call for each end.
bool ConnectionPair::find_targets() noexcept {
  if (upstream_place_.has_host()) {
    targets_ = upstream_place_.named_targets();
    return true;
  }
  const auto local = downstream_.local_address();
  if (!local) return false;
  if (!local->is_loopback()) {
    targets_ = upstream_place_.targets_at(*local);
    return true;
  }
  const auto peer = downstream_.peer_address();
  if (!peer) return false;
  targets_ = upstream_place_.targets_for({*local, *peer});
  return true;
}

std::optional<CallerEnds> ConnectionPair::caller_ends() const noexcept {
  const auto local = downstream_.local_address();
  const auto peer = downstream_.peer_address();
  if (!local || !peer) return std::nullopt;
  return CallerEnds{*local, *peer};
}

void ConnectionPair::close_if_idle() noexcept {
  if (after_event() == Next::Close) close();
}

void ConnectionPair::abort() noexcept {
  static_cast<void>(reset_both(tap::Ending::UpstreamTimeout));
  close();
}

void ConnectionPair::close() noexcept {
  owner_.on_pair_closed(*this);
}

Next ConnectionPair::connect_to_next(net::UvError last) noexcept {
  note_failure(last);
  while (next_target_ < targets_.addresses.size()) {
    const auto& target = targets_.addresses[next_target_++];
    const bool may_vanish = upstream_place_.has_host() && !target.is_loopback();
    const auto keep_alive = may_vanish ? std::optional(context_.config.keep_alive) : std::nullopt;
    const auto begun = upstream_.connect(target, {targets_.source, keep_alive});
    if (begun) {
      upstream_.start_reading();
      start_timer(context_.config.connect_timeout);
      return Next::Continue;
    }
    note_failure(begun.error());
  }
  return on_refused();
}

/// A wait that ended outranks a refusal, and that an address that this machine lacks: it is what
/// the operator must know, and what tells that the application has gone.
void ConnectionPair::note_failure(net::UvError error) noexcept {
  const bool is_told = net::is_timeout(connect_error_) ||
                       (net::is_refused(connect_error_) && !net::is_timeout(error));
  if (!is_told) connect_error_ = error;
}

Next ConnectionPair::on_connected(net::Stream&, Result<void, net::UvError> result) noexcept {
  MESHCTL_ASSERT(state_ == State::Connecting);
  if (!result) return connect_to_next(result.error());
  if (met_itself()) {
    upstream_.abandon();
    return connect_to_next(net::refused());
  }
  timer_.reset();  // most connections need none again, and there may be thousands
  targets_ = {};
  state_ = State::Open;
  if (!announce_client()) return reset_both(tap::Ending::UpstreamReset);
  request_pipe_.open_sink();
  // Many applications end a connection with its first answer.
  upstream_.look_behind_next_read();
  return after_event();
}

bool ConnectionPair::met_itself() const noexcept {
  return upstream_place_.may_meet_itself() &&
         Upstream::met_itself(targets_.addresses[next_target_ - 1], upstream_.local_address());
}

bool ConnectionPair::announce_client() noexcept {
  const auto version = context_.config.send_proxy;
  if (version == ProxyHeader::None) return true;
  const auto ends = caller_ends();
  if (!ends) return false;
  const auto header = proxy_header(version, ends->peer, ends->local);
  // A fresh socket takes some bytes; if not, the application has gone.
  const auto written = upstream_.try_write(header);
  return written && *written == header.size();
}

Next ConnectionPair::on_refused() noexcept {
  const bool is_timeout = net::is_timeout(connect_error_);
  const auto type = is_timeout ? ErrorType::UpstreamTimeout : ErrorType::UpstreamRefused;
  context_.counters.connect_failed(type);
  ending_ = is_timeout ? tap::Ending::UpstreamTimeout : tap::Ending::UpstreamRefused;
  state_ = State::Refused;
  upstream_.abandon();  // an attempt that timed out could still succeed
  // Running out of files is ours, not a sign that the application has gone.
  if (net::is_refused(connect_error_)) upstream_place_.on_trouble();
  if (upstream_place_.refuses_when_down() && !is_timeout) return reset_both(ending_);
  start_timer(kFirstBytesGrace);
  return answer_refused();
}

Next ConnectionPair::answer_refused() noexcept {
  const bool may_be_http = tap_.protocol() == ConnectionProtocol::Unknown ||
                           tap_.protocol() == ConnectionProtocol::Http1;
  if (!may_be_http) return reset_both(ending_);
  const auto* call = tap_.owed_call();
  if (call != nullptr && http::wants_stream(request_pipe_.held())) return reset_both(ending_);
  if (call == nullptr) {  // until the head is complete, or the grace is over
    const bool is_http = tap_.protocol() == ConnectionProtocol::Http1;
    if (is_http && !std::exchange(is_lingering_, true)) start_timer(kHeadGrace);
    return Next::Continue;
  }

  const auto ends = caller_ends();
  const auto reason = refusal(upstream_place_, connect_error_, ends && ends->are_loopback());
  request_pipe_.discard();
  // RFC 9110, 9.3.2: an answer to HEAD has no body.
  const std::string_view body = call->method == "HEAD" ? std::string_view() : reason;
  const auto answer = fmt::format(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
      "{}\r\n"
      "Connection: close\r\n\r\n{}",
      reason.size(), body);
  // A fresh socket takes a line of text; if not, the client has gone.
  const auto written = downstream_.try_write(answer);
  if (!written || *written != answer.size()) return Next::Close;
  context_.counters.sent_bytes.add(answer.size());
  tap_.on_own_answer(502, body.size(), ending_, now());
  downstream_.end_writing();
  state_ = State::Answered;
  start_timer(kAnswerLinger);
  return Next::Continue;
}

Next ConnectionPair::on_bytes(net::Stream& stream, std::string_view bytes) noexcept {
  return &stream == &downstream_ ? on_request_bytes(bytes) : on_response_bytes(bytes);
}

Next ConnectionPair::on_request_bytes(std::string_view bytes) noexcept {
  const auto at = now();
  context_.counters.received_bytes.add(bytes.size());
  if (state_ == State::Answered) return Next::Continue;
  request_pipe_.forward(bytes);
  tap_.on_request_bytes(bytes, at);
  switch (state_) {
    case State::Connecting: return Next::Continue;
    case State::Open: return after_event();
    case State::Refused: return answer_refused();
    case State::Answered: return Next::Continue;
  }
  return Next::Continue;
}

Next ConnectionPair::on_response_bytes(std::string_view bytes) noexcept {
  const auto at = now();
  context_.counters.sent_bytes.add(bytes.size());
  response_pipe_.forward(bytes, upstream_.behind());
  tap_.on_response_bytes(bytes, at);
  return after_event();
}

Next ConnectionPair::on_written(net::Stream& stream, Result<void, net::UvError> result) noexcept {
  (&stream == &upstream_ ? request_pipe_ : response_pipe_).on_written(result);
  return after_event();
}

Next ConnectionPair::on_end(net::Stream& stream, net::StreamEnd end) noexcept {
  if (&stream == &downstream_) {
    if (state_ == State::Refused || state_ == State::Answered) return Next::Close;
    if (!end.is_orderly()) return reset_both(tap::Ending::ClientWent);
    // The close says the same to the other side, at a call less.
    if (response_pipe_.is_over() && !request_pipe_.holds_bytes()) return Next::Close;
    tap_.on_request_end();
    request_pipe_.on_source_end();
    return after_event();
  }
  // Who ends at the same time does not answer: the order in which we hear of it says nothing.
  if (!tap_.is_idle() && downstream_.has_peer_ended()) tap_.on_request_end();
  // A write that failed took the notice of the reset with it: the read then sees a plain end.
  const bool was_reset = !end.is_orderly() || (request_pipe_.state() == Pipe::State::Discarding &&
                                               !net::is_broken_pipe(request_pipe_.sink_failure()));
  if (was_reset) {
    upstream_place_.on_trouble();
    return reset_both(tap::Ending::UpstreamReset);
  }
  tap_.on_response_end(now());
  // It may have ended as a whole: who calls next must not find that out.
  if (!tap_.is_idle()) upstream_place_.on_trouble();
  ending_ = tap::Ending::UpstreamClosed;
  if (request_pipe_.is_over() && !response_pipe_.holds_bytes()) return Next::Close;
  response_pipe_.on_source_end();
  return after_event();
}

Next ConnectionPair::after_event() noexcept {
  // A client that takes no more has gone; an application that takes no more may still answer.
  if (response_pipe_.state() == Pipe::State::Discarding) return reset_both(tap::Ending::ClientWent);
  if (request_pipe_.is_over() && response_pipe_.is_over()) return Next::Close;
  if (upstream_place_.is_ending() && tap_.is_idle() && !request_pipe_.holds_bytes() &&
      !response_pipe_.holds_bytes()) {
    return Next::Close;
  }
  const bool has_closed =
      request_pipe_.state() == Pipe::State::Discarding && response_pipe_.is_over();
  if (has_closed && state_ == State::Open) return after_application_closed();
  const bool half_closed = request_pipe_.state() != Pipe::State::Flowing ||
                           response_pipe_.state() != Pipe::State::Flowing;
  if (half_closed && state_ == State::Open) start_timer(context_.config.half_close_timeout);
  return Next::Continue;
}

/// It ended its direction, and then refused bytes: a close(2), not a half-close. The client has to
/// learn of it, or it would write into the void for ever.
Next ConnectionPair::after_application_closed() noexcept {
  // A reset could take the answer away from a client that has not read it (RFC 9112, 9.6).
  const bool may_be_reading = tap_.protocol() == ConnectionProtocol::Http1;
  if (!may_be_reading) return reset_both(tap::Ending::UpstreamReset);
  if (!std::exchange(is_lingering_, true)) start_timer(kAnswerLinger);
  return Next::Continue;
}

Next ConnectionPair::on_timer() noexcept {
  switch (state_) {
    case State::Connecting: return connect_to_next(net::timed_out());
    case State::Open: {
      if (is_lingering_) return reset_both(ending_);
      // The client ended first: most that do have gone, and none is owed an answer after this long.
      const bool client_ended = request_pipe_.state() != Pipe::State::Flowing;
      return reset_both(client_ended ? tap::Ending::ClientWent : tap::Ending::UpstreamTimeout);
    }
    case State::Refused: return reset_both(ending_);
    case State::Answered: return Next::Close;
  }
  return Next::Close;
}

Next ConnectionPair::reset_both(tap::Ending ending) noexcept {
  ending_ = ending;
  downstream_.reset_on_close();
  upstream_.reset_on_close();
  return Next::Close;
}

void ConnectionPair::start_timer(Duration after) {
  if (!timer_) {
    timer_.emplace(context_.loop, this, [](void* self) noexcept {
      auto& pair = *static_cast<ConnectionPair*>(self);
      if (pair.on_timer() == Next::Close) pair.close();
    });
  }
  timer_->start_once(after);
}

void ConnectionPair::on_protocol(ConnectionProtocol protocol) noexcept {
  context_.counters.speaks(protocol);
  // The protocols that we know have no use for urgent bytes; of the old ones (Telnet, FTP) and of
  // what we do not know, some have.
  if (protocol != ConnectionProtocol::Opaque && protocol != ConnectionProtocol::ServerFirst) return;
  downstream_.expect_urgent_bytes();
  upstream_.expect_urgent_bytes();
}

void ConnectionPair::on_doubt(telemetry::TapDoubt doubt) noexcept {
  context_.counters.doubted(doubt);
}

void ConnectionPair::on_tls_client(const telemetry::TlsClient& client) noexcept {
  context_.counters.met(client);
}

void ConnectionPair::on_server_first(std::string_view service) noexcept {
  context_.counters.server_first.count(service);
}

}  // namespace meshctl::proxy
