#include "runtime/web/http_exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/web/field_value.h"

namespace meshctl::web {
namespace {

std::string_view reason(std::uint16_t status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "";
  }
}

bool is_ipv4_literal(std::string_view host) noexcept {
  return !host.empty() && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

/// The host of a Host header, without its port; brackets kept.
std::string_view without_port(std::string_view header) noexcept {
  if (header.starts_with('[')) return header.substr(0, header.find(']') + 1);
  return header.substr(0, header.find(':'));
}

}  // namespace

std::string_view Request::path() const noexcept {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string to_wire(const Response& response, const Request& request, bool closes) {
  // Texts hold names that others chose: no browser is to look for markup in them.
  std::string wire =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nX-Content-Type-Options: nosniff\r\n",
                  response.status, reason(response.status), response.content_type);
  // Without a length it lasts until the connection ends (RFC 9112, 6.3).
  if (!response.is_stream) wire += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (response.headers.find("Cache-Control:") == std::string_view::npos)
    wire += "Cache-Control: no-store\r\n";
  if (!response.allow.empty()) wire += fmt::format("Allow: {}\r\n", response.allow);
  wire += response.headers;
  wire += response.more_headers;
  if (closes || response.is_stream) wire += "Connection: close\r\n";
  wire += "\r\n";
  if (request.method == "HEAD") return wire;
  // Bodies may be long: one copy, into its place.
  wire.reserve(wire.size() + response.body.size());
  return wire += response.body;
}

bool is_own_host(std::string_view host_header, std::string_view own_name) noexcept {
  const auto host = without_port(host_header);
  if (host.starts_with('[') || is_ipv4_literal(host)) return true;
  if (equals_ignoring_case(host, "localhost")) return true;
  return !own_name.empty() && equals_ignoring_case(host, own_name);
}

std::string host_in_words(std::string_view host_header) {
  constexpr std::size_t kMostNameBytes = 253;
  const auto host = without_port(host_header);
  std::string words;
  for (const char c : host.substr(0, kMostNameBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte > ' ' && byte < 0x7F && c != '\'' && c != '\\';
    words += is_plain ? std::string(1, c) : fmt::format("\\x{:02X}", byte);
  }
  if (host.size() > kMostNameBytes) words += "...";
  return words;
}

bool is_cross_origin(const Request& request) noexcept {
  const std::string_view site = request.fetch_site;
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  if (request.origin.empty()) return false;
  constexpr std::string_view kScheme = "http://";  // we speak no other
  const std::string_view origin = request.origin;
  return !origin.starts_with(kScheme) ||
         !equals_ignoring_case(origin.substr(kScheme.size()), request.host);
}

}  // namespace meshctl::web
