#include "runtime/base/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meshctl {
namespace {

Result<std::uint16_t, EndpointError> parse_port(std::string_view text, PortZeroIs zero) {
  if (text.empty()) return fail(EndpointError::PortMissing);
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return fail(EndpointError::PortNotANumber);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  if (parsed.ec != std::errc{}) return fail(EndpointError::PortRange);
  if (port == 0 && zero == PortZeroIs::Refused) return fail(EndpointError::PortZero);
  return port;
}

Result<Endpoint, EndpointError> with_port(std::string_view host, std::string_view port,
                                          PortZeroIs zero) {
  const auto number = parse_port(port, zero);
  if (!number) return fail(number.error());
  return Endpoint{std::string(host), *number};
}

}  // namespace

Result<Endpoint, EndpointError> parse_endpoint(std::string_view text, PortZeroIs zero) {
  if (text.empty()) return fail(EndpointError::Empty);
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos || close == 1) return fail(EndpointError::Brackets);
    if (close + 1 == text.size()) return fail(EndpointError::PortMissing);
    if (text[close + 1] != ':') return fail(EndpointError::Brackets);
    return with_port(text.substr(1, close - 1), text.substr(close + 2), zero);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return with_port("", text, zero);
  if (text.find(':') != colon) return fail(EndpointError::BareIpv6);
  if (colon == 0) return fail(EndpointError::HostMissing);
  return with_port(text.substr(0, colon), text.substr(colon + 1), zero);
}

std::string describe(EndpointError error, std::string_view text) {
  const auto port = text.substr(text.rfind(':') + 1);  // npos + 1 is 0: the whole text
  switch (error) {
    case EndpointError::Empty: return "it is empty";
    case EndpointError::PortMissing: return fmt::format("'{}' has no port", text);
    case EndpointError::PortNotANumber: return fmt::format("'{}' is not a port number", port);
    case EndpointError::PortRange: return fmt::format("port {} is above 65535", port);
    case EndpointError::PortZero: return "port 0 cannot be connected to";
    case EndpointError::HostMissing:
      return fmt::format("'{}' has no host before the colon; write {} for this machine", text,
                         port);
    case EndpointError::BareIpv6:
      return fmt::format("'{}' needs brackets round the IPv6 address, as in [::1]:8087", text);
    case EndpointError::Brackets: return fmt::format("'{}' does not read as [IPV6]:PORT", text);
  }
  return {};
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.host.empty()) return fmt::format("127.0.0.1:{}", endpoint.port);
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
              : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

}  // namespace meshctl
