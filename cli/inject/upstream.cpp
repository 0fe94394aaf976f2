#include "cli/inject/upstream.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <optional>

#include "runtime/base/endpoint.h"

namespace meshctl::inject {
namespace {

constexpr auto kHint = "write 8087, or 127.0.0.1:8087, or 8087,9090, or auto";

/// The bytes of an IP literal.
template <typename Address>
std::optional<Address> read_literal(int family, std::string_view text) {
  Address address{};
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  if (::inet_pton(family, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return address;
}

/// What is wrong with a host, or nothing. IPv6 stands in brackets.
std::optional<BadValue> problem_of(std::string_view host, std::string_view text) {
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  const auto v4 = read_literal<in_addr>(AF_INET, host);
  const auto v6 = has_brackets ? read_literal<in6_addr>(AF_INET6, host.substr(1, host.size() - 2))
                               : std::nullopt;
  if ((v4 && v4->s_addr == INADDR_ANY) || (v6 && IN6_IS_ADDR_UNSPECIFIED(&*v6))) {
    return BadValue{fmt::format("{} is for listening, and no place to connect to", host),
                    "write the port alone: the address is then the one that the caller used"};
  }
  if (v4 || v6 || host == "localhost") return std::nullopt;
  if (text.find("//") != std::string_view::npos) {
    return BadValue{fmt::format("'{}' is a URL", text), kHint};
  }
  if (host.starts_with('[')) return BadValue{describe(EndpointError::Brackets, text), kHint};
  if (host.find(':') != std::string_view::npos) {
    return BadValue{describe(EndpointError::BareIpv6, text), kHint};
  }
  return BadValue{fmt::format("'{}' is neither an IP literal nor localhost", host),
                  "the application is in this pod: write its port, or 127.0.0.1:8087"};
}

}  // namespace

Result<Upstream, BadValue> parse_upstream(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool has_host = colon != std::string_view::npos;
  const auto port = has_host ? text.substr(colon + 1) : text;
  Upstream upstream;
  if (has_host) {
    upstream.host = text.substr(0, colon);
    if (auto problem = problem_of(upstream.host, text)) return fail(std::move(*problem));
  }
  const auto read = port_from_text(port);
  if (!read) return fail(BadValue{parse_port(port).error().problem, kHint});
  upstream.port = *read;
  return upstream;
}

}  // namespace meshctl::inject
