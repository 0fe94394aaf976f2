#include "cli/inject/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "cli/inject/pass_through.h"
#include "cli/inject/quantity.h"

namespace meshctl::inject {
namespace {

using Applied = Result<void, BadValue>;

Applied apply_port(std::string_view text, std::uint16_t& port) {
  const auto parsed = parse_port(text);
  if (!parsed) return fail(parsed.error());
  port = *parsed;
  return {};
}

Applied apply_upstream(std::string_view text, Settings& settings) {
  settings.upstream.clear();
  settings.upstream_auto = text == "auto";
  if (settings.upstream_auto) return {};
  while (true) {
    const auto comma = text.find(',');
    const auto item = text.substr(0, comma);
    auto upstream = parse_upstream(item);
    if (!upstream) return fail(upstream.error());
    if (std::ranges::find(settings.upstream, upstream->port, &Upstream::port) !=
        settings.upstream.end()) {
      return fail(BadValue{fmt::format("port {} is named twice", upstream->port.text()),
                           "name each port once"});
    }
    settings.upstream.push_back(std::move(*upstream));
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

Applied apply_image(std::string_view text, Settings& settings) {
  const bool has_white = text.find_first_of(" \t\r\n") != std::string_view::npos;
  if (text.empty() || text.starts_with('-') || has_white) {
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

/// A DNS subdomain (RFC 1123), as names of Secrets are.
bool is_secret_name(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  char before = '.';
  for (const char c : text) {
    const bool may_follow = c == '-' ? before != '.' : c == '.' && is_inner(before);
    if (!is_inner(c) && !may_follow) return false;
    before = c;
  }
  return text.size() <= kLongest && is_inner(before);
}

/// As Kubernetes takes keys of Secrets and ConfigMaps (IsConfigMapKey).
bool is_secret_key(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  constexpr std::string_view kTaken =
      "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty() && text.size() <= kLongest && text != "." && !text.starts_with("..") &&
         text.find_first_not_of(kTaken) == std::string_view::npos;
}

Applied apply_token_secret(std::string_view text, Settings& settings) {
  const auto slash = text.find('/');
  const auto name = text.substr(0, slash);
  const auto key = slash == std::string_view::npos ? "token" : text.substr(slash + 1);
  constexpr auto kHint = "write NAME or NAME/KEY; without KEY it is token";
  if (!is_secret_name(name)) {
    return fail(BadValue{fmt::format("'{}' is not the name of a Secret", name), kHint});
  }
  if (!is_secret_key(key)) {
    return fail(BadValue{fmt::format("'{}' is not a key of a Secret", key), kHint});
  }
  settings.token_secret = {std::string(name), std::string(key)};
  return {};
}

Applied apply_quantity(std::string_view text, std::string& quantity) {
  if (!parse_quantity(text)) {
    return fail(BadValue{fmt::format("'{}' is not a quantity", text),
                         "write CPU as 250m or 0.5, memory as 64Mi"});
  }
  quantity = text;
  return {};
}

Applied apply_pull_policy(std::string_view text, Settings& settings) {
  if (text != "Always" && text != "IfNotPresent" && text != "Never") {
    return fail(BadValue{fmt::format("'{}' is not a pull policy", text),
                         "write Always, IfNotPresent or Never"});
  }
  settings.image_pull_policy = text;
  return {};
}

Applied apply_native_sidecar(std::string_view text, Settings& settings) {
  if (text == "auto") {
    settings.native_sidecar = NativeSidecar::Auto;
  } else if (text == "always") {
    settings.native_sidecar = NativeSidecar::Always;
  } else if (text == "never") {
    settings.native_sidecar = NativeSidecar::Never;
  } else {
    return fail(BadValue{fmt::format("'{}' is none of auto, always, never", text),
                         "auto gives one to Jobs and other pods that end"});
  }
  return {};
}

Applied apply_traffic(std::string_view text, Settings& settings) {
  if (text != "service" && text != "none") {
    return fail(BadValue{fmt::format("'{}' is neither service nor none", text),
                         "none adds the container only"});
  }
  settings.traffic = text == "none" ? Traffic::None : Traffic::Service;
  return {};
}

std::string shown_nothing(const Settings&) {
  return {};
}

constexpr std::array kSpecs{
    SettingSpec{"image", "NAME", "image of the sidecar container", apply_image,
                [](const Settings& s) { return s.image; }},
    SettingSpec{"upstream", "[ADDR:]PORT,...",
                "ports of the application, or `auto` (default: found in the manifests); ADDR is an "
                "IP literal or localhost (default: the address that the caller used)",
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
        "token-secret", "NAME/KEY",
        "Secret that holds the dashboard's token, and the key there (default: none; KEY: token)",
        apply_token_secret, shown_nothing},
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
    SettingSpec{"image-pull-policy", "POLICY", "Always, IfNotPresent or Never (default: not set)",
                apply_pull_policy, shown_nothing},
    SettingSpec{"native-sidecar", "WHEN",
                "be an init container that restarts always: auto (in pods that end), always, never",
                apply_native_sidecar, [](const Settings&) { return std::string("auto"); }},
    SettingSpec{"traffic", "WAY",
                "lead traffic to the proxy through the pod's Services: service; or not: none",
                apply_traffic, [](const Settings&) { return std::string("service"); }},
    SettingSpec{"env", "NAME=VALUE", "environment variable of the sidecar; may be repeated",
                apply_env, shown_nothing, [](Settings& s) { s.env.clear(); }},
    SettingSpec{"arg", "TEXT",
                "argument of `meshctl run` in the sidecar, as --drain-delay=2s; may be repeated",
                apply_arg, shown_nothing, [](Settings& s) { s.args.clear(); }},
};

std::optional<BadValue> beyond(std::string_view what, const std::string& request,
                               const std::string& limit) {
  // Above the error of parse_quantity(), far below a difference that anyone means.
  constexpr double kTolerance = 1e-12;
  if (parse_quantity(request).value_or(0) <= parse_quantity(limit).value_or(0) * (1 + kTolerance))
    return std::nullopt;
  return BadValue{fmt::format("{0}-request {1} is more than {0}-limit {2}", what, request, limit),
                  "a container cannot ask for more than it may use"};
}

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

Applied apply_annotation(const SettingSpec& spec, std::string_view text, Settings& settings) {
  if (!spec.is_repeatable()) return spec.apply(text, settings);
  spec.clear(settings);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const auto applied = spec.apply(line, settings); !applied) return applied;
  }
  return {};
}

std::optional<BadValue> find_conflict(const Settings& settings) {
  if (auto conflict = beyond("cpu", settings.cpu_request, settings.cpu_limit)) return conflict;
  if (auto conflict = beyond("memory", settings.memory_request, settings.memory_limit)) {
    return conflict;
  }
  using Variable = std::pair<std::string, std::string>;
  if (settings.token_secret &&
      std::ranges::find(settings.env, "MESHCTL_TOKEN", &Variable::first) != settings.env.end()) {
    return BadValue{"the token is given twice, by token-secret and by env MESHCTL_TOKEN",
                    "leave one of them out"};
  }
  if (settings.token_secret && settings.dashboard.empty())
    return BadValue{"a token-secret is for a dashboard, and there is none",
                    "name it by dashboard, or leave token-secret out"};
  // The defaults give way to the application's ports; numbers that were asked for do not.
  const Settings defaults;
  for (const auto& [flag, port, fallback] :
       {std::tuple{"admin-port", settings.admin_port, defaults.admin_port},
        std::tuple{"listen-base", settings.listen_base, defaults.listen_base}}) {
    const auto is_upstream = [port = port](const Upstream& each) {
      return each.port.number == port;
    };
    if (port == fallback || std::ranges::none_of(settings.upstream, is_upstream)) continue;
    return BadValue{fmt::format("{} {} is a port of the application, by upstream", flag, port),
                    fmt::format("choose another {}", flag)};
  }
  return std::nullopt;
}

}  // namespace meshctl::inject
