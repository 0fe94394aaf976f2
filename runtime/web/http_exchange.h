#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace meshctl::web {

/// A request to one of our own ports. Its body, if any, was read and dropped.
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
  /// Further header lines, each with its CRLF.
  std::string_view headers = {};
  /// Makes the body on a thread of the pool, where it would hold up the loop; must own all that it
  /// touches. Null: `body` is it.
  std::function<std::string()> make_body = {};
};

/// The bytes of `response`, with a Content-Length, and without its body for HEAD. Nothing is
/// cached.
[[nodiscard]] std::string to_wire(const Response& response, const Request& request, bool closes);

/// The host that a request names is us: an IP literal, localhost, or one of our `names`. Others
/// come from a page that had its own name pointed at us (DNS rebinding).
[[nodiscard]] bool is_own_host(std::string_view host_header, std::string_view own_name) noexcept;

/// The request was sent by a page of another site, as browsers tell it (Fetch Metadata Request
/// Headers, 2.3; RFC 6454, 7). Programs that are no browsers send neither header.
[[nodiscard]] bool is_cross_origin(const Request& request) noexcept;

}  // namespace meshctl::web
