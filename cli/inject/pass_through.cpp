#include "cli/inject/pass_through.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace meshctl::inject {
namespace {

/// A name that the user cannot set, and what to do instead.
struct Reserved {
  std::string_view name;
  std::string_view hint;
};

constexpr std::string_view kByUpstream = "the ports are planned: say what they are with --upstream";
constexpr std::string_view kByListenBase = "the ports are planned: see --listen-base";
constexpr std::string_view kByAdminPort = "the ports are planned: see --admin-port";

constexpr std::array kReservedNames{
    Reserved{"POD_NAME", "it is the name of the pod"},
    Reserved{"POD_NAMESPACE", "it is the namespace of the pod"},
    Reserved{"MESHCTL_SERVICE", "it is the pod's label app.kubernetes.io/name or app"},
    Reserved{"MESHCTL_DASHBOARD", "use --dashboard"},
    Reserved{"MESHCTL_FORWARD", kByUpstream},
    Reserved{"MESHCTL_UPSTREAM", kByUpstream},
    Reserved{"MESHCTL_LISTEN", kByListenBase},
    Reserved{"MESHCTL_ADMIN", kByAdminPort},
};
constexpr std::array kReservedFlags{
    Reserved{"--forward", kByUpstream},
    Reserved{"--upstream", kByUpstream},
    Reserved{"--listen", kByListenBase},
    Reserved{"--admin", kByAdminPort},
    Reserved{"--", "the sidecar runs no command"},
};

template <std::size_t N>
const Reserved* find_reserved(const std::array<Reserved, N>& reserved, std::string_view name) {
  const auto found = std::ranges::find(reserved, name, &Reserved::name);
  return found == reserved.end() ? nullptr : &*found;
}

/// As every Kubernetes takes it; 1.30 and later allow more.
bool is_env_name(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
         });
}

}  // namespace

Result<void, BadValue> apply_env(std::string_view text, Settings& settings) {
  const auto name = text.substr(0, text.find('='));
  if (name.size() == text.size()) {
    return fail(BadValue{fmt::format("'{}' has no value", text), "write it as NAME=VALUE"});
  }
  if (!is_env_name(name)) {
    return fail(BadValue{fmt::format("'{}' is not a name of a variable", name),
                         "letters, digits, `_`, `-` and `.`, and no digit first"});
  }
  if (const Reserved* reserved = find_reserved(kReservedNames, name)) {
    return fail(BadValue{fmt::format("{} is set by `inject`", name), std::string(reserved->hint)});
  }
  using Variable = std::pair<std::string, std::string>;
  if (std::ranges::find(settings.env, name, &Variable::first) != settings.env.end()) {
    return fail(BadValue{fmt::format("{} is given twice", name), "give each variable once"});
  }
  settings.env.emplace_back(name, text.substr(name.size() + 1));
  return {};
}

Result<void, BadValue> apply_arg(std::string_view text, Settings& settings) {
  if (text.empty()) return fail(BadValue{"an argument is empty", "write it as --name=value"});
  const auto name = text.substr(0, text.find_first_of("= \t\n"));
  if (const Reserved* reserved = find_reserved(kReservedFlags, name)) {
    return fail(
        BadValue{fmt::format("'{}' is set by `inject`", name), std::string(reserved->hint)});
  }
  if (name.starts_with('-') && name.size() < text.size() && text[name.size()] != '=') {
    return fail(BadValue{fmt::format("'{}' is more than one argument", text),
                         fmt::format("write it as {}={}", name, text.substr(name.size() + 1))});
  }
  settings.args.emplace_back(text);
  return {};
}

}  // namespace meshctl::inject
