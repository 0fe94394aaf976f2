#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/port_ref.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// How traffic gets to the proxy.
enum class Traffic {
  Service,  ///< names and Services that led to the application lead to the proxy
  None,     ///< it does not: only the container is added
};

/// What the sidecar of one pod is made from.
struct Settings {
  std::string version;  ///< ours, noted in the manifest
  std::string image;
  std::vector<PortRef> upstream;  ///< empty: find the ports in the manifests
  bool upstream_auto = false;     ///< let the proxy find its port at run time
  std::uint16_t listen_base = 14001;
  std::uint16_t admin_port = 14000;
  std::string dashboard;  ///< empty: none
  std::string cpu_request = "10m";
  std::string memory_request = "16Mi";
  std::string cpu_limit = "500m";
  std::string memory_limit = "64Mi";
  Traffic traffic = Traffic::Service;
};

/// Settings as they are without flags or annotations.
[[nodiscard]] Settings default_settings(std::string_view version);

/// Why a value was not taken.
struct BadValue {
  std::string problem;
  std::string hint;
};

/// One setting: a flag `--name` and an annotation `meshctl.dev/name`.
struct SettingSpec {
  std::string_view name;
  std::string_view value_name;  ///< what stands for the value in the help
  std::string_view help;
  Result<void, BadValue> (*apply)(std::string_view text, Settings& settings);
  /// The default, for the help; empty if there is none.
  std::string (*shown)(const Settings& settings);
};

/// All settings, in the order of the help.
[[nodiscard]] std::span<const SettingSpec> setting_specs();

/// The prefix of our annotations.
inline constexpr std::string_view kAnnotationPrefix = "meshctl.dev/";

}  // namespace meshctl::inject
