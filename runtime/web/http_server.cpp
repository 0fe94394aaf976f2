#include "runtime/web/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/http/http1_parser.h"
#include "runtime/net/background.h"
#include "runtime/net/stream.h"
#include "runtime/net/timer.h"
#include "runtime/web/field_value.h"

namespace meshctl::web {
namespace {

using net::Next;

/// No field that we look at is longer; the rest of a longer one is cut.
constexpr std::size_t kMostFieldBytes = 2048;

void append_bounded(std::string& field, std::string_view part) {
  field.append(part.substr(0, kMostFieldBytes - std::min(field.size(), kMostFieldBytes)));
}

/// Several fields of a name are one list (RFC 9110, 5.3).
void append_to_list(std::string& list, std::string_view part, bool is_new_field) {
  if (is_new_field && !list.empty()) append_bounded(list, ",");
  append_bounded(list, part);
}

}  // namespace

/// One caller: reads a request, answers, reads the next.
class HttpServer::Connection final : private net::StreamOwner, private http::Http1Events {
 public:
  Connection(HttpServer& server, net::TcpHandle socket)
      : server_(server),
        stream_(server.loop_, *this, std::move(socket)),
        idle_(server.loop_, this,
              [](void* self) noexcept { static_cast<Connection*>(self)->close(); }),
        background_(server.loop_, this,
                    [](void* self, std::string body) noexcept {
                      static_cast<Connection*>(self)->on_made(std::move(body));
                    }),
        parser_(http::Http1Parser::Reads::Requests, http::Http1Parser::Headers::Told, *this) {
    const auto peer = stream_.peer_address();
    const auto local = stream_.local_address();
    is_over_loopback_ = peer && local && peer->is_loopback() && local->is_loopback();
    idle_.start_once(kIdleTimeout);
    stream_.start_reading();
  }
  ~Connection() {
    if (background_.is_busy()) --server_.making_;
    *self_ = nullptr;
    if (is_stream_) --server_.streams_;
    release();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  Next on_bytes(net::Stream&, std::string_view bytes) noexcept override {
    if (is_stream_) return Next::Continue;  // nothing that it could ask for
    const auto progress = parser_.feed(bytes);
    const bool is_readable = progress.status == http::Http1Parser::Status::Ok ||
                             progress.status == http::Http1Parser::Status::Switched;
    if (progress.status == http::Http1Parser::Status::HeadTooLarge && !closes_) {
      refuse_head();
    } else if (!is_readable && !closes_) {
      answer({.status = 400, .body = "this is not an HTTP/1.1 request\n"}, true);
    }
    if (std::exchange(awaits_continue_, false) && !closes_ && !is_answering()) let_continue();
    // A CONNECT was answered, and no request can follow it.
    if (progress.status == http::Http1Parser::Status::Switched) closes_ = true;
    return flush();
  }
  Next on_end(net::Stream&, net::StreamEnd) noexcept override { return Next::Close; }
  Next on_written(net::Stream&, Result<void, net::UvError> result) noexcept override {
    if (!result || closes_) return Next::Close;
    is_writing_ = false;
    release();
    if (is_stream_) idle_.stop();
    stream_.start_reading();
    return Next::Continue;
  }
  Next on_connected(net::Stream&, Result<void, net::UvError>) noexcept override {
    return Next::Close;  // never: we accept
  }
  void close() noexcept override { server_.destroy(*this); }

  void on_message_begin() noexcept override {
    request_ = {};
    request_.is_over_loopback = is_over_loopback_;
    target_bytes_ = 0;
    header_bytes_ = 0;
    body_bytes_ = 0;
    idle_.start_once(kRequestTimeout);
    header_name_.clear();
    connection_.clear();
    expect_.clear();
    content_length_.clear();
    hosts_ = 0;
    last_was_value_ = false;
  }
  void on_target(std::string_view part) noexcept override {
    target_bytes_ += part.size();
    append_bounded(request_.target, part);
  }
  void on_header_name(std::string_view part) noexcept override {
    if (last_was_value_) header_name_.clear();
    last_was_value_ = false;
    header_bytes_ += part.size();
    append_bounded(header_name_, part);
  }
  void on_header_value(std::string_view part) noexcept override {
    const bool is_new = !std::exchange(last_was_value_, true);
    header_bytes_ += part.size();
    if (equals_ignoring_case(header_name_, "host")) {
      hosts_ += is_new ? 1 : 0;
      append_bounded(request_.host, part);
    }
    if (equals_ignoring_case(header_name_, "accept")) append_to_list(request_.accept, part, is_new);
    if (equals_ignoring_case(header_name_, "origin")) append_bounded(request_.origin, part);
    if (equals_ignoring_case(header_name_, "sec-fetch-site"))
      append_bounded(request_.fetch_site, part);
    if (equals_ignoring_case(header_name_, "authorization"))
      append_bounded(request_.authorization, part);
    if (equals_ignoring_case(header_name_, "content-type"))
      append_bounded(request_.content_type, part);
    if (equals_ignoring_case(header_name_, "accept-encoding"))
      append_to_list(request_.accept_encoding, part, is_new);
    if (equals_ignoring_case(header_name_, "if-none-match"))
      append_bounded(request_.if_none_match, part);
    if (equals_ignoring_case(header_name_, "connection")) append_bounded(connection_, part);
    if (equals_ignoring_case(header_name_, "expect")) append_bounded(expect_, part);
    if (equals_ignoring_case(header_name_, "content-length")) append_bounded(content_length_, part);
  }
  http::BodyRule on_head(const http::Http1Head& head) noexcept override {
    request_.method = head.method;
    request_.is_version_10 = head.is_version_10;
    // RFC 9110, 10.1.1: an expectation of HTTP/1.0 is none.
    awaits_continue_ = !head.is_version_10 && equals_ignoring_case(expect_, "100-continue");
    return http::BodyRule::FromHead;
  }
  void on_body(std::uint64_t bytes) noexcept override {
    awaits_continue_ = false;
    body_bytes_ += bytes;
    if (body_bytes_ > server_.limits_.body_bytes && !closes_ && !is_answering()) refuse_body();
  }
  void on_content(std::string_view bytes) noexcept override {
    on_body(bytes.size());
    if (!server_.limits_.keeps_bodies || closes_ || is_answering()) return;
    if (hold(bytes.size())) {
      request_.body.append(bytes);
      return;
    }
    drop_body();
    answer({.status = 503, .body = "too many requests at once\n", .headers = "Retry-After: 1\r\n"},
           true);
  }
  void on_message_end() noexcept override {
    awaits_continue_ = false;
    if (closes_) return;
    // One answer at a time: requests behind an unsent answer are dropped with the connection, or a
    // few bytes of theirs could ask for gigabytes of ours (RFC 9112, 9.3.2 lets a client retry).
    if (is_answering()) {
      closes_ = true;
      return;
    }
    last_request_ = now();
    idle_.start_once(kIdleTimeout);
    request_.wants_close = contains_ignoring_case(connection_, "close");
    // RFC 9112, 3.2: several Host fields are no request.
    if (hosts_ > 1)
      return answer({.status = 400, .body = "the request has several Host headers\n"}, true);
    // The parser lets one pass that came in a single read.
    if (header_bytes_ > http::Http1Parser::kMostHeadBytes) return refuse_head();
    if (target_bytes_ > kMostFieldBytes)
      return answer({.status = 414, .body = "the path of the request is too long\n"}, true);
    answer(server_.answer(request_), request_.wants_close || request_.is_version_10);
    drop_body();
  }

  void drop_body() noexcept {
    std::string().swap(request_.body);  // gives its memory back
    release();
  }

  /// False: all callers together hold too much.
  [[nodiscard]] bool hold(std::size_t bytes) noexcept {
    if (server_.held_ + bytes > server_.limits_.held_bytes) return false;
    held_ += bytes;
    server_.held_ += bytes;
    return true;
  }
  void release() noexcept { server_.held_ -= std::exchange(held_, 0); }

  /// Tells a caller that waits before it sends its body whether it may (RFC 9110, 10.1.1).
  void let_continue() {
    std::uint64_t length = 0;  // stays so for chunks
    std::from_chars(content_length_.data(), content_length_.data() + content_length_.size(),
                    length);
    if (length > server_.limits_.body_bytes) return refuse_body();
    put_out("HTTP/1.1 100 Continue\r\n\r\n");
  }

  void refuse_body() {
    answer({.status = 413, .body = "the body of the request is too large\n"}, true);
  }
  void refuse_head() {
    answer({.status = 431, .body = "the head of the request is too large\n"}, true);
  }

  [[nodiscard]] bool is_answering() const noexcept {
    return !out_.empty() || background_.is_busy() || is_waiting_;
  }

  void answer(Response response, bool closes) {
    closes_ = closes;
    if (response.later) {
      is_waiting_ = true;
      response.later([self = self_](Response late) {
        if (*self != nullptr) (*self)->on_late(std::move(late));
      });
      return;
    }
    if (response.make) make_all(response);
    if (response.make_body && begin_making(response)) return;
    if (response.is_stream && !begin_stream(response)) closes_ = true;
    put_out(to_wire(response, request_, closes_));
  }

  void put_out(std::string wire) {
    if (out_.empty()) {
      out_ = std::move(wire);
    } else {
      out_ += wire;
    }
  }

  /// False: `response` says now why there is no stream.
  bool begin_stream(Response& response) {
    if (request_.method == "HEAD") return false;
    if (server_.streams_ >= server_.limits_.streams) {
      response = {.status = 503,
                  .body = "too many live pages are open\n",
                  .headers = "Retry-After: 10\r\n"};
      return false;
    }
    ++server_.streams_;
    is_stream_ = true;
    idle_.stop();
    return true;
  }

  /// False: the caller is gone.
  [[nodiscard]] bool send(std::string_view text) {
    if (!is_stream_ || is_writing_ || !out_.empty()) return true;
    out_ = text;
    return flush() != Next::Close;
  }

  /// Hands the making over to the pool as that of a body, with a place for the rest.
  void make_all(Response& response) {
    made_all_ = std::make_shared<Response>();
    response.make_body = [make = std::move(response.make), place = made_all_] {
      *place = make();
      return std::string();
    };
    response.make = {};
  }

  /// False: `response` says now why there is no body.
  bool begin_making(Response& response) {
    const bool has_room = server_.making_ < server_.limits_.making;
    if (has_room && background_.start(std::move(response.make_body))) {
      ++server_.making_;
      made_ = std::move(response);
      return true;
    }
    made_all_.reset();
    response = {
        .status = 503, .body = "too many requests at once\n", .headers = "Retry-After: 1\r\n"};
    return false;
  }

  void on_late(Response response) noexcept {
    is_waiting_ = false;
    answer(std::move(response), closes_);
    // Not from within the request's reading: that flushes by itself.
    if (is_held_ && flush() == Next::Close) close();
  }

  void on_made(std::string body) noexcept {
    --server_.making_;
    made_.body = std::move(body);
    // Its place belongs to us alone again: the pool is done with it.
    if (const auto all = std::exchange(made_all_, nullptr)) made_ = std::move(*all);
    put_out(to_wire(std::exchange(made_, {}), request_, closes_));
    if (flush() == Next::Close) close();
  }

  Next flush() noexcept {
    if (background_.is_busy() || is_waiting_) {
      // Held back: a caller that ends its direction meanwhile is owed the answer all the same.
      stream_.stop_reading();
      is_held_ = true;
      return Next::Continue;
    }
    if (out_.empty()) return Next::Continue;
    const auto written = stream_.try_write(out_);
    if (!written) return Next::Close;
    // A string of its own: one that is erased, or gets a short text, keeps its memory.
    std::string rest(out_, *written);
    std::string().swap(out_);
    if (rest.empty()) {
      if (std::exchange(is_held_, false)) stream_.start_reading();
      if (!closes_) return Next::Continue;
      // The caller closes when it has read the answer; the idle timer sees to one that does not.
      stream_.end_writing();
      return Next::Continue;
    }
    stream_.stop_reading();
    is_held_ = false;  // on_written() reads on
    is_writing_ = true;
    if (is_stream_) idle_.start_once(kStreamTimeout);
    if (!hold(rest.size())) return Next::Close;
    if (!stream_.write_rest(std::move(rest))) return Next::Close;
    return Next::Continue;
  }

  HttpServer& server_;
  net::Stream stream_;
  net::Timer idle_;
  net::Background background_;
  http::Http1Parser parser_;
  Request request_;
  Response made_;  ///< its body is being made
  std::shared_ptr<Response> made_all_;
  std::string header_name_;
  std::string connection_;
  std::string expect_;
  std::string content_length_;
  int hosts_ = 0;
  std::size_t held_ = 0;  ///< our part of the server's
  std::uint64_t target_bytes_ = 0;
  std::uint64_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  Instant last_request_ = now();
  std::string out_;
  bool is_over_loopback_ = false;
  bool last_was_value_ = false;
  bool closes_ = false;
  bool is_stream_ = false;
  bool is_writing_ = false;       ///< write_rest() is under way
  bool is_held_ = false;          ///< nothing is read while a body is made
  bool is_waiting_ = false;       ///< the answer comes later
  bool awaits_continue_ = false;  ///< the caller holds its body back until it is asked for it
  /// For answers that come when we may be gone; null then.
  std::shared_ptr<Connection*> self_ = std::make_shared<Connection*>(this);

  friend class HttpServer;
};

HttpServer::HttpServer(net::Loop& loop, Handler handler, std::string own_name)
    : HttpServer(loop, std::move(handler), std::move(own_name), Limits{}) {}

HttpServer::HttpServer(net::Loop& loop, Handler handler, std::string own_name, Limits limits)
    : loop_(loop), handler_(std::move(handler)), own_name_(std::move(own_name)), limits_(limits) {}

HttpServer::~HttpServer() = default;

Result<void, net::UvError> HttpServer::listen(const std::vector<net::Address>& addresses) {
  auto opened = net::Listener::open(loop_, addresses, *this);
  if (!opened) return fail(opened.error());
  listener_ = std::move(*opened);
  return {};
}

void HttpServer::on_connection(net::TcpHandle connection) noexcept {
  if (connections_.size() >= limits_.connections) {
    // Silent callers must not lock out a probe: the one that has asked nothing for longest goes.
    const auto quietest = std::ranges::min_element(
        connections_, {}, [](const auto& each) { return each->last_request_; });
    connections_.erase(quietest);
  }
  connections_.push_back(std::make_unique<Connection>(*this, std::move(connection)));
}

Response HttpServer::refuse_host(const Request& request) const {
  auto body = fmt::format(
      "this port does not answer to the host '{}', only to addresses, localhost and the machine's "
      "own name\n",
      host_in_words(request.host));
  if (!names_flag_.empty()) body += fmt::format("{} NAME adds a name\n", names_flag_);
  return {.status = 421, .body = std::move(body)};
}

Response HttpServer::answer(const Request& request) const {
  if (request.host.empty() && !request.is_version_10) {
    return {.status = 400, .body = "the request has no Host header\n"};
  }
  const bool is_free = limits_.takes_any_host != nullptr && limits_.takes_any_host(request);
  const bool is_ours = is_free || is_own_host(request.host, own_name_) ||
                       std::ranges::any_of(other_names_, [&](const std::string& name) {
                         return is_own_host(request.host, name);
                       });
  if (!request.host.empty() && !is_ours) {
    return refuse_host(request);
  }
  const bool only_reads = request.method == "GET" || request.method == "HEAD";
  if (!only_reads && is_cross_origin(request)) {
    return {.status = 403, .body = "a page of another site may not do this\n"};
  }
  return handler_(request);
}

void HttpServer::send_to_streams(std::string_view text) {
  // From behind, for those that fail leave the list.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (!connections_[i]->send(text))
      connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void HttpServer::destroy(Connection& connection) noexcept {
  const auto found =
      std::ranges::find(connections_, &connection, &std::unique_ptr<Connection>::get);
  if (found != connections_.end()) connections_.erase(found);
}

}  // namespace meshctl::web
