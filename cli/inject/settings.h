#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/inject/bad_value.h"
#include "cli/inject/pod_spec_path.h"
#include "cli/inject/upstream.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// Whether the sidecar is an init container that restarts always, which needs Kubernetes 1.29.
enum class NativeSidecar {
  Auto,  ///< in pods that end: Jobs, CronJobs, a restartPolicy other than Always
  Always,
  Never,
};

/// How traffic gets to the proxy.
enum class Traffic {
  Service,  ///< names and Services that led to the application lead to the proxy
  None,     ///< it does not: only the container is added
};

/// An entry of a Secret in the pod's namespace.
struct SecretKey {
  std::string name;
  std::string key;
  friend bool operator==(const SecretKey&, const SecretKey&) = default;
};

/// What the sidecar of one pod is made from.
struct Settings {
  std::string version;  ///< ours, noted in the manifest
  std::string image;
  std::vector<Upstream> upstream;  ///< empty: find the ports in the manifests
  bool upstream_auto = false;      ///< let the proxy find its port at run time
  std::uint16_t listen_base = 14001;
  std::uint16_t admin_port = 14000;
  std::string dashboard;                  ///< empty: none
  std::optional<SecretKey> token_secret;  ///< holds the token that the dashboard asks for
  std::string cpu_request = "10m";
  std::string memory_request = "16Mi";
  std::string cpu_limit = "500m";
  std::string memory_limit = "64Mi";
  std::string image_pull_policy;  ///< empty: Kubernetes' own choice
  NativeSidecar native_sidecar = NativeSidecar::Auto;
  Traffic traffic = Traffic::Service;
  std::vector<std::pair<std::string, std::string>> env;  ///< further variables, name and value
  std::vector<std::string> args;                         ///< further arguments of `meshctl run`
  std::vector<PodSpecPath> pod_spec_paths;               ///< of all objects; a flag only
};

/// Settings as they are without flags or annotations.
[[nodiscard]] Settings default_settings(std::string_view version);

/// One setting: a flag `--name` and an annotation `meshctl.dev/name`.
struct SettingSpec {
  std::string_view name;
  std::string_view value_name;  ///< what stands for the value in the help
  std::string_view help;
  /// Takes one value; of a repeatable setting it is added to those that are there.
  Result<void, BadValue> (*apply)(std::string_view text, Settings& settings);
  /// The default, for the help; empty if there is none.
  std::string (*shown)(const Settings& settings);
  /// Of a repeatable setting: takes out all values. Null: it has one value.
  void (*clear)(Settings& settings) = nullptr;

  bool is_repeatable() const { return clear != nullptr; }
};

/// All settings, in the order of the help.
[[nodiscard]] std::span<const SettingSpec> setting_specs();

/// Takes the value of an annotation. Of a repeatable setting each line is one value, and together
/// they stand for all that were there.
[[nodiscard]] Result<void, BadValue> apply_annotation(const SettingSpec& spec,
                                                      std::string_view text, Settings& settings);

/// What is wrong with settings that are right each by itself: a request beyond its limit, a port
/// of the proxy where the application listens.
[[nodiscard]] std::optional<BadValue> find_conflict(const Settings& settings);

/// The prefix of our annotations.
inline constexpr std::string_view kAnnotationPrefix = "meshctl.dev/";

}  // namespace meshctl::inject
