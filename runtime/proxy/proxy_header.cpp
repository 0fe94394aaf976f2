#include "runtime/proxy/proxy_header.h"

#include <fmt/format.h>

#include <string_view>

namespace meshctl::proxy {
namespace {

void append_number(std::string& out, std::uint16_t number) {
  out.push_back(static_cast<char>(number >> 8U));
  out.push_back(static_cast<char>(number & 0xFFU));
}

std::string header_v1(bool is_ipv4, const net::Address& client, const net::Address& listener) {
  return fmt::format("PROXY {} {} {} {} {}\r\n", is_ipv4 ? "TCP4" : "TCP6", client.host(is_ipv4),
                     listener.host(is_ipv4), client.port(), listener.port());
}

std::string header_v2(bool is_ipv4, const net::Address& client, const net::Address& listener) {
  constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
  constexpr char kVersion2Proxy = 0x21;
  constexpr char kTcp4 = 0x11;
  constexpr char kTcp6 = 0x21;
  std::string out(kSignature);
  out.push_back(kVersion2Proxy);
  out.push_back(is_ipv4 ? kTcp4 : kTcp6);
  const std::size_t size = is_ipv4 ? 4 : 16;
  append_number(out, static_cast<std::uint16_t>(2 * size + 4));
  for (const net::Address* address : {&client, &listener}) {
    const auto bytes = address->ipv6_bytes();
    out.append(bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end());
  }
  append_number(out, client.port());
  append_number(out, listener.port());
  return out;
}

}  // namespace

std::string proxy_header(ProxyHeader version, const net::Address& client,
                         const net::Address& listener) {
  const bool is_ipv4 = client.is_ipv4() && listener.is_ipv4();
  return version == ProxyHeader::V1 ? header_v1(is_ipv4, client, listener)
                                    : header_v2(is_ipv4, client, listener);
}

}  // namespace meshctl::proxy
