#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace meshctl::web {

/// A request to one of our own ports. Fields that were not sent are empty.
struct Request {
  std::string method;
  /// Path and query as sent, at most 2 KiB.
  std::string target;
  /// The Host header, empty when there was none.
  std::string host;
  /// The Accept header, empty when there was none.
  std::string accept;
  /// The Origin and Sec-Fetch-Site headers, empty when there were none (browsers send them).
  std::string origin;
  std::string fetch_site;
  std::string authorization;
  std::string content_type;
  std::string accept_encoding;
  std::string if_none_match;
  /// Where the server keeps bodies (HttpServer::Limits); otherwise it was read and dropped.
  std::string body;
  /// Both ends of the connection are loopback addresses. One end tells little: a mesh's proxy
  /// delivers the calls of others from 127.0.0.6 to the pod's address (istio/istio#29603).
  bool is_over_loopback = false;
  bool is_version_10 = false;
  bool wants_close = false;

  /// The target without its query.
  [[nodiscard]] std::string_view path() const noexcept;
};

struct Response {
  std::uint16_t status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body = {};
  /// Sent as the Allow header of a 405 when not empty (RFC 9110, 15.5.6).
  std::string_view allow = {};
  /// Further header lines, each with its CRLF. With a Cache-Control among them: otherwise nothing
  /// is cached.
  std::string_view headers = {};
  /// The same, made for this answer.
  std::string more_headers = {};
  /// The answer goes on: after its head come the texts of HttpServer::send_to_streams(), until the
  /// caller goes. `body` is the first of them.
  bool is_stream = false;
  /// Makes the body on a thread of the pool, where it would hold up the loop; must own all that it
  /// touches. Null: `body` is it.
  std::function<std::string()> make_body = {};
  /// Where the answer has to be asked for elsewhere: is called with what takes the real one, on the
  /// loop's thread, at once or later; must be called once, whatever became of the caller.
  std::function<void(std::function<void(Response)> done)> later = {};
  /// The same for all of the answer, where its status depends on what is found; all else here is
  /// not looked at then.
  std::function<Response()> make = {};
};

/// The bytes of `response`, with a Content-Length, and without its body for HEAD.
[[nodiscard]] std::string to_wire(const Response& response, const Request& request, bool closes);

/// The host that a request names is us: an IP literal, localhost, or one of our `names`. Others
/// come from a page that had its own name pointed at us (DNS rebinding).
[[nodiscard]] bool is_own_host(std::string_view host_header, std::string_view own_name) noexcept;

/// The host of a Host header, without its port, for a message: bytes that no name has as `\xHH`,
/// and at most 253 of them (RFC 1035, 2.3.4), then `...`.
[[nodiscard]] std::string host_in_words(std::string_view host_header);

/// The request was sent by a page of another site, as browsers tell it (Fetch Metadata Request
/// Headers, 2.3; RFC 6454, 7). Programs that are no browsers send neither header.
[[nodiscard]] bool is_cross_origin(const Request& request) noexcept;

}  // namespace meshctl::web
