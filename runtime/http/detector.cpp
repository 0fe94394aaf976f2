#include "runtime/http/detector.h"

#include <algorithm>

namespace meshctl::http {
namespace {

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0";
static_assert(kHttp2Preface.size() == kMostBytes);

/// Methods of RFC 9110, 5789 (PATCH), 4918 (WebDAV) and 3253, each with the space that ends it.
constexpr std::string_view kMethods[] = {
    "GET ",      "HEAD ",   "POST ",       "PUT ",        "DELETE ", "CONNECT ",
    "OPTIONS ",  "TRACE ",  "PATCH ",      "PROPFIND ",   "COPY ",   "MOVE ",
    "LOCK ",     "UNLOCK ", "MKCOL ",      "PROPPATCH ",  "SEARCH ", "REPORT ",
    "CHECKOUT ", "MERGE ",  "MKACTIVITY ", "MKCALENDAR ", "PURGE ",  "ACL ",
    "BIND ",     "UNBIND ", "REBIND ",     "LINK ",       "UNLINK ",
};

enum class Match { No, Partly, Whole };

Match match(std::string_view bytes, std::string_view token) noexcept {
  const auto common = std::min(bytes.size(), token.size());
  if (bytes.substr(0, common) != token.substr(0, common)) return Match::No;
  return common == token.size() ? Match::Whole : Match::Partly;
}

/// A TLS record of type handshake, version 3.x: every ClientHello since SSL 3.0 begins so.
Match match_tls(std::string_view bytes) noexcept {
  constexpr std::string_view kHandshakeVersion3("\x16\x03", 2);
  return match(bytes, kHandshakeVersion3);
}

}  // namespace

Detected detect(std::string_view first_bytes) noexcept {
  if (first_bytes.empty()) return Detected::NotYet;
  // RFC 9112, 2.2: a server ignores empty lines before the request line.
  const auto start = std::min(first_bytes.find_first_not_of("\r\n"), first_bytes.size());
  const auto bytes = first_bytes.substr(start);
  if (start > kMostLineEnds) return Detected::Opaque;
  if (bytes.empty()) return Detected::NotYet;
  bool open = false;
  for (const auto method : kMethods) {
    const auto found = match(bytes, method);
    if (found == Match::Whole) return Detected::Http1;
    open = open || found == Match::Partly;
  }
  if (start > 0) return open ? Detected::NotYet : Detected::Opaque;
  const auto preface = match(bytes, kHttp2Preface);
  if (preface == Match::Whole) return Detected::Http2;
  const auto tls = match_tls(bytes);
  if (tls == Match::Whole) return Detected::Tls;
  const auto ssh = match(bytes, "SSH-");
  if (ssh == Match::Whole) return Detected::Ssh;
  open = open || preface == Match::Partly || tls == Match::Partly || ssh == Match::Partly;
  return open ? Detected::NotYet : Detected::Opaque;
}

Detected detect_server_first(std::string_view first_bytes) noexcept {
  // RFC 9113, 4.1 and 6.5: length, type, flags, stream. A handful of settings at most, six bytes
  // each.
  constexpr std::string_view kBehindLength("\x04\0\0\0\0\0", 6);
  constexpr unsigned char kMostLength = 60;
  const auto length = match(first_bytes, std::string_view("\0\0", 2));
  if (length == Match::No) return Detected::Opaque;
  if (first_bytes.size() < 3) return Detected::NotYet;
  const auto low = static_cast<unsigned char>(first_bytes[2]);
  if (low % 6 != 0 || low > kMostLength) return Detected::Opaque;
  switch (match(first_bytes.substr(3), kBehindLength)) {
    case Match::No: return Detected::Opaque;
    case Match::Partly: return Detected::NotYet;
    case Match::Whole: return Detected::Http2;
  }
  return Detected::Opaque;
}

}  // namespace meshctl::http
