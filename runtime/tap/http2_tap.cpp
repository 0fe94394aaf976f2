#include "runtime/tap/http2_tap.h"

#include <algorithm>
#include <charconv>
#include <deque>

#include "runtime/tap/head_watch.h"

namespace meshctl::tap {
namespace {

using http::Http2Parser;
using telemetry::CallProtocol;
using telemetry::ErrorType;
using telemetry::StreamKind;
using telemetry::TapDoubt;

constexpr std::uint32_t kRefusedStream = 0x7;  // RFC 9113, 7
constexpr std::string_view kGrpc = "application/grpc";

/// gRPC's HTTP/2 mapping: the code of an answer that gives none.
std::uint16_t grpc_status_of(std::uint16_t http_status) noexcept {
  switch (http_status) {
    case 400: return 13;  // INTERNAL
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404: return 12;  // UNIMPLEMENTED
    case 429:
    case 502:
    case 503:
    case 504: return 14;  // UNAVAILABLE
    default: return 2;    // UNKNOWN
  }
}

template <typename Number>
std::optional<Number> number(std::string_view text) noexcept {
  Number value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace

/// What both directions do with settings: those of one are in force for the other's blocks once
/// that has acknowledged them (RFC 9113, 6.5.3).
class Http2Tap::Direction : public http::Http2Events {
 public:
  Direction(Http2Tap& owner, Http2Parser::Sends sends) : tap(owner), parser(sends, *this) {}

  void on_settings(std::optional<std::uint32_t> header_table_size) noexcept override {
    // A peer that sends settings and never waits for an answer: more would be no use.
    if (granted.size() < kMostUnacknowledged) granted.push_back(header_table_size);
  }
  void on_settings_ack() noexcept override {
    auto& grants = other->granted;
    if (grants.empty()) return;
    if (grants.front()) parser.set_header_table_size(*grants.front());
    grants.pop_front();
  }
  // A client's is of streams that the service opens: pushed responses.
  void on_goaway(std::uint32_t) noexcept override {}

  Http2Tap& tap;
  Direction* other = nullptr;
  Http2Parser parser;
  std::deque<std::optional<std::uint32_t>> granted;
  /// The call of the header block at hand; null for a stream that is not followed.
  Call* current = nullptr;

 protected:
  ~Direction() = default;

 private:
  static constexpr std::size_t kMostUnacknowledged = 16;
};

class Http2Tap::Requests final : public Direction {
 public:
  explicit Requests(Http2Tap& owner) : Direction(owner, Http2Parser::Sends::Client) {}

  void on_headers_begin(std::uint32_t stream) noexcept override {
    is_new_ = stream % 2 == 1 && stream > tap.last_stream_ && stream <= tap.most_stream_;
    has_traceparent_ = false;
    current = is_new_ ? &tap.add(stream) : tap.find(stream);  // else trailers
  }
  void on_field(std::string_view name, std::string_view value) noexcept override {
    // A stream that was reset from the other side meanwhile is followed no more.
    if (!is_new_ || current == nullptr) return;
    auto& call = current->call;
    if (name == ":method") {
      call.method = method_label(value);
    } else if (name == ":path") {
      call.path.assign(value.substr(0, kMostPathBytes));
    } else if (name == "content-type" && value.starts_with(kGrpc)) {
      current->is_grpc = true;
      call.protocol = CallProtocol::Grpc;
    } else if (name == ":protocol" && value == "websocket") {
      current->is_websocket = true;
    } else if (name == "traceparent") {
      // Several are none (W3C Trace Context, 3.2).
      call.trace = has_traceparent_ ? TraceId{} : read_traceparent(value).value_or(TraceId{});
      has_traceparent_ = true;
    }
  }
  void on_headers_end(bool ends_stream) noexcept override {
    if (current == nullptr) return;
    if (is_new_) {
      current->head_is_open = false;
      keep_path_only(current->call.path);
      tap.sink_.on_active_calls(+1);
    }
    if (ends_stream) on_data_end(current->stream);
  }
  void on_data(std::uint32_t stream, std::string_view bytes) noexcept override {
    auto* call = tap.find(stream);
    if (call == nullptr) return;
    call->call.request_body_bytes += bytes.size();
    if (call->is_grpc) tap.count_messages(*call, telemetry::Flow::Received, bytes);
  }
  void on_data_end(std::uint32_t stream) noexcept override {
    auto* call = tap.find(stream);
    if (call == nullptr || call->call.request_done) return;
    call->call.request_done = true;
    call->call.request_end = tap.now_;
    tap.report_if_done(*call);
  }
  void on_reset(std::uint32_t stream, std::uint32_t) noexcept override {
    tap.on_reset(stream, Ending::ClientWent);
  }

 private:
  bool is_new_ = false;
  bool has_traceparent_ = false;
};

class Http2Tap::Responses final : public Direction {
 public:
  explicit Responses(Http2Tap& owner) : Direction(owner, Http2Parser::Sends::Server) {}

  void on_headers_begin(std::uint32_t stream) noexcept override {
    current = tap.find_asked(stream);
    is_event_stream_ = false;
    if (current == nullptr || current->call.response_begun) return;
    current->call.response_begun = true;
    current->call.response_start = tap.now_;
  }
  void on_field(std::string_view name, std::string_view value) noexcept override {
    if (current == nullptr) return;
    if (name == ":status") {
      // RFC 9110, 15.2: 1xx precedes the answer.
      const auto status = number<std::uint16_t>(value).value_or(0);
      if (status >= 200 && status <= 999) current->call.status = status;
    } else if (name == "content-type") {
      is_event_stream_ = HeadWatch::is_event_stream(value);
    } else if (current->is_grpc && name == "grpc-status") {
      current->has_grpc_status = true;
      current->call.grpc_status =
          std::min(number<std::uint16_t>(value).value_or(2), telemetry::kOtherGrpcStatus);
    }
  }
  void on_headers_end(bool ends_stream) noexcept override {
    if (current == nullptr) return;
    auto& call = current->call;
    const bool is_taken = call.status >= 200 && call.status < 300;
    if (is_taken && call.method == "CONNECT") {  // RFC 9113, 8.5
      begin_stream(call, current->is_websocket ? StreamKind::WebSocket : StreamKind::Tunnel,
                   tap.sink_);
    } else if (is_taken && is_event_stream_) {
      begin_stream(call, StreamKind::EventStream, tap.sink_);
    }
    if (ends_stream) on_data_end(current->stream);
  }
  void on_data(std::uint32_t stream, std::string_view bytes) noexcept override {
    auto* call = tap.find_asked(stream);
    if (call == nullptr) return;
    call->call.response_body_bytes += bytes.size();
    if (call->is_grpc) tap.count_messages(*call, telemetry::Flow::Sent, bytes);
  }
  void on_data_end(std::uint32_t stream) noexcept override {
    auto* call = tap.find_asked(stream);
    if (call == nullptr || call->call.response_done) return;
    if (!call->call.response_begun) call->call.response_start = tap.now_;  // content without a head
    call->call.response_begun = true;
    call->call.response_done = true;
    call->call.response_end = tap.now_;
    if (call->is_grpc && !call->has_grpc_status) {
      call->call.grpc_status = grpc_status_of(call->call.status);
    }
    tap.report_if_done(*call);
  }
  void on_reset(std::uint32_t stream, std::uint32_t code) noexcept override {
    auto* call = tap.find(stream);
    if (code == kRefusedStream && call != nullptr) return tap.on_refusal(*call);
    tap.on_reset(stream, Ending::UpstreamReset);
  }
  void on_goaway(std::uint32_t last_stream) noexcept override { tap.on_refusal_above(last_stream); }

 private:
  bool is_event_stream_ = false;
};

Http2Tap::Http2Tap(telemetry::CallSink& sink)
    : sink_(sink),
      requests_(std::make_unique<Requests>(*this)),
      responses_(std::make_unique<Responses>(*this)) {
  requests_->other = responses_.get();
  responses_->other = requests_.get();
}

Http2Tap::~Http2Tap() = default;

void Http2Tap::adopt(const PendingCall& upgraded) {
  auto& call = add(1);
  call.head_is_open = false;
  call.call = upgraded;
  call.call.protocol = CallProtocol::Http2;
  call.call.response_begun = false;
  call.call.response_done = false;
  call.call.status = 0;
  sink_.on_active_calls(+1);
}

Verdict Http2Tap::on_request_bytes(std::string_view bytes, Instant now) {
  now_ = now;
  const auto status = requests_->parser.feed(bytes);
  if (too_many_) return {Verdict::Kind::Doubt, TapDoubt::TooManyPending, 0};
  return verdict_of(status, TapDoubt::MalformedRequest);
}

Verdict Http2Tap::on_response_bytes(std::string_view bytes, Instant now) {
  now_ = now;
  return verdict_of(responses_->parser.feed(bytes), TapDoubt::MalformedResponse);
}

Verdict Http2Tap::verdict_of(Http2Parser::Status status, TapDoubt malformed) const noexcept {
  switch (status) {
    case Http2Parser::Status::Ok: return {};
    case Http2Parser::Status::Malformed: return {Verdict::Kind::Doubt, malformed, 0};
    case Http2Parser::Status::HeadTooLarge:
      return {Verdict::Kind::Doubt, TapDoubt::HeadTooLarge, 0};
  }
  return {};
}

void Http2Tap::end(Ending ending, Instant now) {
  for (auto& each : calls_) {
    if (each->head_is_open) continue;
    leave_flight(each->call, sink_);
    sink_.on_call(record_of_cut(each->call, ending, now));
  }
  calls_.clear();
}

void Http2Tap::forget() noexcept {
  for (const auto& each : calls_) {
    if (!each->head_is_open) leave_flight(each->call, sink_);
  }
  calls_.clear();
}

Http2Tap::Call* Http2Tap::find(std::uint32_t stream) noexcept {
  const auto found =
      std::ranges::lower_bound(calls_, stream, {}, [](const auto& each) { return each->stream; });
  return found != calls_.end() && (*found)->stream == stream ? found->get() : nullptr;
}

Http2Tap::Call* Http2Tap::find_asked(std::uint32_t stream) noexcept {
  auto* call = find(stream);
  return call == nullptr || call->head_is_open ? nullptr : call;
}

Http2Tap::Call& Http2Tap::add(std::uint32_t stream) {
  last_stream_ = stream;
  if (calls_.size() == kMostStreams) too_many_ = true;  // told after these bytes, which still count
  auto call = spare_.empty() ? std::make_unique<Call>() : std::move(spare_.back());
  if (!spare_.empty()) spare_.pop_back();
  auto path = std::move(call->call.path);
  path.clear();
  *call = {};
  call->call.path = std::move(path);
  call->stream = stream;
  call->call.method = "_OTHER";
  call->call.protocol = CallProtocol::Http2;
  call->call.request_start = now_;
  return *calls_.emplace_back(std::move(call));
}

void Http2Tap::remove(Call& call) noexcept {
  requests_->current = requests_->current == &call ? nullptr : requests_->current;
  responses_->current = responses_->current == &call ? nullptr : responses_->current;
  const auto found = std::ranges::lower_bound(calls_, call.stream, {},
                                              [](const auto& each) { return each->stream; });
  // A connection that has been wide once need not keep all of it.
  constexpr std::size_t kMostSpare = 64;
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(*found));
  calls_.erase(found);
}

void Http2Tap::report_if_done(Call& call) noexcept {
  if (!call.call.request_done || !call.call.response_done) return;
  leave_flight(call.call, sink_);
  sink_.on_call(record_of(call.call, ErrorType::None));
  remove(call);
}

void Http2Tap::count_messages(Call& call, telemetry::Flow flow, std::string_view content) noexcept {
  const bool is_request = flow == telemetry::Flow::Received;
  auto& messages = is_request ? call.request_messages : call.response_messages;
  auto& count = is_request ? call.call.request_messages : call.call.response_messages;
  const auto bytes = messages.payload_bytes();
  messages.feed(content);
  sink_.on_messages(telemetry::MessageProtocol::Grpc, flow, messages.count() - count,
                    messages.payload_bytes() - bytes);
  count = messages.count();
  if (count > 1) begin_stream(call.call, StreamKind::Grpc, sink_);
}

void Http2Tap::on_reset(std::uint32_t stream, Ending ending) noexcept {
  auto* call = find(stream);
  if (call == nullptr) return;
  if (call->head_is_open) return remove(*call);  // it never became a call
  leave_flight(call->call, sink_);
  sink_.on_call(record_of_cut(call->call, ending, now_));
  remove(*call);
}

void Http2Tap::on_refusal(Call& call) noexcept {
  // What has begun to answer has begun with the call, whatever it says.
  if (call.call.response_begun) return on_reset(call.stream, Ending::UpstreamReset);
  if (!call.head_is_open) leave_flight(call.call, sink_);
  remove(call);
}

void Http2Tap::on_refusal_above(std::uint32_t last_stream) noexcept {
  most_stream_ = std::min(most_stream_, last_stream);
  for (auto i = calls_.size(); i-- > 0 && calls_[i]->stream > most_stream_;) {
    if (!calls_[i]->call.response_begun) on_refusal(*calls_[i]);
  }
}

}  // namespace meshctl::tap
