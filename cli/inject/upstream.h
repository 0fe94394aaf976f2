#pragma once

#include <string>
#include <string_view>

#include "cli/inject/bad_value.h"
#include "cli/inject/port_ref.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// A port of the application, and where in the pod the proxy reaches it.
struct Upstream {
  PortRef port;
  /// An IP literal, IPv6 in brackets, or `localhost`. Empty: the address that the caller used.
  std::string host{};

  friend bool operator==(const Upstream&, const Upstream&) = default;
};

/// Reads `8087`, `${PORT}`, `127.0.0.1:8087`, `[::1]:8087` or `localhost:${PORT}`. Other names are
/// refused: the application is in the pod.
[[nodiscard]] Result<Upstream, BadValue> parse_upstream(std::string_view text);

}  // namespace meshctl::inject
