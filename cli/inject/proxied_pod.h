#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/inject/forwards.h"
#include "cli/inject/labels.h"

namespace meshctl::inject {

/// A workload of the input as seen by what sends traffic to its pods.
struct ProxiedPod {
  std::string display;  ///< `deployment/web`
  std::string name;
  std::string name_space;
  Labels labels;
  std::size_t object = 0;  ///< which of the input's objects it is
  std::size_t offset = 0;  ///< of the workload's name in its file, or of the whole
  /// Whether calls are to go through its proxy: it is injected, and not for `--traffic none`.
  bool takes_traffic = false;
  bool runs_to_completion = false;  ///< a Job: nobody is expected to call it
  std::vector<Forward> forwards;
  /// Port names that moved to the proxy, with the number that they mean now.
  std::map<std::string, std::uint16_t> moved_names;
  /// The names that the application kept.
  std::map<std::string, PortRef> kept_names;
};

/// The port at which the proxy of `pod` listens for `upstream`; 0: none.
[[nodiscard]] std::uint16_t listen_port_for(const ProxiedPod& pod, const PortRef& upstream);

}  // namespace meshctl::inject
