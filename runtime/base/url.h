#pragma once

#include <string>
#include <string_view>

#include "runtime/base/endpoint.h"
#include "runtime/base/result.h"

namespace meshctl {

/// Where an `http` URL leads to (RFC 3986; RFC 9110, 4.2.1).
struct Url {
  Endpoint endpoint;      ///< the host is never empty, the port never 0
  std::string authority;  ///< as it was written, for the Host header
  std::string target;     ///< path and query; empty where the URL has no path

  /// Without the query, which may hold a secret: `http://localhost:4318/v1/metrics`.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Url&, const Url&) = default;
};

enum class UrlError {
  NoScheme,     ///< `localhost:4318`
  Https,        ///< TLS is not supported
  OtherScheme,  ///< `grpc://...`
  Userinfo,     ///< `http://user:password@host`
  Fragment,
  Character,  ///< a blank, a control character, or one beyond ASCII
  Host,       ///< the host or the port is missing or wrong
};

[[nodiscard]] Result<Url, UrlError> parse_url(std::string_view text);

}  // namespace meshctl
