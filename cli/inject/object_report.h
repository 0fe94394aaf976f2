#pragma once

#include <string>
#include <vector>

#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// What was done to an object.
enum class Action {
  Injected,    ///< a workload got the sidecar
  Retargeted,  ///< a Service, Route or NetworkPolicy leads to the proxy now
  Restored,    ///< is as it was before `inject`
  Skipped,     ///< left as it is, though it might have been edited
};

/// `injected`, `retargeted`, `restored`, `skipped`.
[[nodiscard]] std::string_view name_of(Action action);

/// A port and the one that stands for it now. Texts: a port may be `auto` or a template parameter.
struct PortChange {
  std::string from;
  std::string to;

  friend bool operator==(const PortChange&, const PortChange&) = default;
};

/// What became of one object, for people and for machines.
struct ObjectReport {
  std::string file;
  Place place;  ///< where the object begins
  std::string api_version;
  std::string kind;
  std::string name_space;  ///< empty: none is given
  std::string name;        ///< empty: none is given
  Action action = Action::Skipped;
  std::vector<PortChange> ports;
  std::string reason;  ///< why it was skipped; else empty
};

/// One line without a line end: `pod/my-pod injected: 8087 -> 14001`,
/// `job/x skipped: meshctl.dev/inject is "false"`.
[[nodiscard]] std::string describe(const ObjectReport& report);

}  // namespace meshctl::inject
