#include "runtime/base/url.h"

#include <algorithm>

namespace meshctl {
namespace {

constexpr std::string_view kHttp = "http";
constexpr std::uint16_t kHttpPort = 80;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return result;
}

bool has_port(std::string_view authority) noexcept {
  return authority.find(':', authority.find(']') + 1) != std::string_view::npos;
}

}  // namespace

std::string Url::to_string() const {
  return "http://" + authority + target.substr(0, target.find('?'));
}

Result<Url, UrlError> parse_url(std::string_view text) {
  const bool is_printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
  if (!is_printable) return fail(UrlError::Character);
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return fail(UrlError::NoScheme);
  const auto scheme = lower(text.substr(0, colon));
  if (scheme != kHttp) return fail(scheme == "https" ? UrlError::Https : UrlError::OtherScheme);
  text.remove_prefix(colon + 3);
  if (text.find('#') != std::string_view::npos) return fail(UrlError::Fragment);
  const auto end = std::min(text.find_first_of("/?"), text.size());
  Url url;
  url.authority = text.substr(0, end);
  url.target = text.substr(end);
  if (url.target.starts_with('?')) url.target.insert(0, "/");
  if (url.authority.find('@') != std::string::npos) return fail(UrlError::Userinfo);
  if (url.authority.empty()) return fail(UrlError::Host);
  const auto place =
      has_port(url.authority) ? url.authority : url.authority + ":" + std::to_string(kHttpPort);
  auto endpoint = parse_endpoint(place, PortZeroIs::Refused);
  if (!endpoint || endpoint->host.empty() || endpoint->host == "*") return fail(UrlError::Host);
  url.endpoint = std::move(*endpoint);
  return url;
}

}  // namespace meshctl
