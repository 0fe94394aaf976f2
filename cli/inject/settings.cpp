#include "cli/inject/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace meshctl::inject {
namespace {

using Applied = Result<void, BadValue>;

Result<std::uint16_t, BadValue> parse_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return fail(BadValue{fmt::format("'{}' is not a port number", text), "1 to 65535"});
  }
  if (error != std::errc() || number < 1 || number > 65535) {
    return fail(BadValue{fmt::format("there is no port {}", text), "1 to 65535"});
  }
  return static_cast<std::uint16_t>(number);
}

Applied apply_port(std::string_view text, std::uint16_t& port) {
  const auto parsed = parse_port(text);
  if (!parsed) return fail(parsed.error());
  port = *parsed;
  return {};
}

/// A number, or a template's parameter.
Result<PortRef, BadValue> parse_upstream(std::string_view text) {
  if (auto port = port_from_text(text)) return *std::move(port);
  return fail(parse_port(text).error());
}

Applied apply_upstream(std::string_view text, Settings& settings) {
  settings.upstream.clear();
  settings.upstream_auto = text == "auto";
  if (settings.upstream_auto) return {};
  while (true) {
    const auto comma = text.find(',');
    const auto port = parse_upstream(text.substr(0, comma));
    if (!port) return fail(BadValue{port.error().problem, "write 8087, or 8087,9090, or auto"});
    if (std::ranges::find(settings.upstream, *port) != settings.upstream.end()) {
      return fail(
          BadValue{fmt::format("port {} is named twice", port->text()), "name each port once"});
    }
    settings.upstream.push_back(*port);
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

Applied apply_image(std::string_view text, Settings& settings) {
  const bool has_white = text.find_first_of(" \t\r\n") != std::string_view::npos;
  if (text.empty() || has_white) {
    return fail(BadValue{fmt::format("'{}' is not the name of an image", text),
                         "write it as registry/name:tag"});
  }
  settings.image = text;
  return {};
}

Applied apply_dashboard(std::string_view text, Settings& settings) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) {
    return fail(BadValue{fmt::format("'{}' is https, which the proxy does not speak", text),
                         "use http:// inside the cluster"});
  }
  if (!text.starts_with(kScheme) || text.size() == kScheme.size() ||
      text.find_first_of(" \t\r\n") != std::string_view::npos) {
    return fail(BadValue{fmt::format("'{}' is not the URL of a dashboard", text),
                         "write it as http://meshctl-dashboard:14080"});
  }
  settings.dashboard = text;
  return {};
}

/// A Kubernetes quantity: a decimal number and a suffix (k8s.io/apimachinery, resource.Quantity).
Applied apply_quantity(std::string_view text, std::string& quantity) {
  constexpr std::array<std::string_view, 15> kSuffixes{"",   "m",  "k",  "M",  "G",  "T",  "P", "E",
                                                       "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "u"};
  const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = text.substr(0, end);
  const bool is_number = !number.empty() && number.front() != '.' && number.back() != '.' &&
                         std::ranges::count(number, '.') <= 1;
  if (!is_number || std::ranges::find(kSuffixes, text.substr(end)) == kSuffixes.end()) {
    return fail(BadValue{fmt::format("'{}' is not a quantity", text),
                         "write CPU as 250m or 0.5, memory as 64Mi"});
  }
  quantity = text;
  return {};
}

std::string shown_nothing(const Settings&) {
  return {};
}

constexpr std::array kSpecs{
    SettingSpec{"image", "NAME", "image of the sidecar container", apply_image,
                [](const Settings& s) { return s.image; }},
    SettingSpec{"upstream", "PORT,...",
                "ports of the application, or `auto` (default: found in the manifests)",
                apply_upstream, shown_nothing},
    SettingSpec{"listen-base", "PORT", "first port that the proxy listens at",
                [](std::string_view text, Settings& s) { return apply_port(text, s.listen_base); },
                [](const Settings& s) { return std::to_string(s.listen_base); }},
    SettingSpec{"admin-port", "PORT", "port of metrics and readiness",
                [](std::string_view text, Settings& s) { return apply_port(text, s.admin_port); },
                [](const Settings& s) { return std::to_string(s.admin_port); }},
    SettingSpec{"dashboard", "URL", "dashboard that the proxy reports to (default: none)",
                apply_dashboard, shown_nothing},
    SettingSpec{
        "cpu-request", "QUANTITY", "CPU that the sidecar asks for",
        [](std::string_view text, Settings& s) { return apply_quantity(text, s.cpu_request); },
        [](const Settings& s) { return s.cpu_request; }},
    SettingSpec{
        "memory-request", "QUANTITY", "memory that the sidecar asks for",
        [](std::string_view text, Settings& s) { return apply_quantity(text, s.memory_request); },
        [](const Settings& s) { return s.memory_request; }},
    SettingSpec{
        "cpu-limit", "QUANTITY", "CPU that the sidecar may use",
        [](std::string_view text, Settings& s) { return apply_quantity(text, s.cpu_limit); },
        [](const Settings& s) { return s.cpu_limit; }},
    SettingSpec{
        "memory-limit", "QUANTITY", "memory that the sidecar may use",
        [](std::string_view text, Settings& s) { return apply_quantity(text, s.memory_limit); },
        [](const Settings& s) { return s.memory_limit; }},
};

}  // namespace

Settings default_settings(std::string_view version) {
  Settings settings;
  settings.version = version;
  settings.image = fmt::format("localhost/meshctl:{}", version);
  return settings;
}

std::span<const SettingSpec> setting_specs() {
  return kSpecs;
}

}  // namespace meshctl::inject
