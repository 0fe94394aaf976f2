#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/object_report.h"
#include "cli/inject/pod.h"
#include "cli/inject/service.h"
#include "cli/inject/settings.h"

namespace meshctl::inject {

/// One port that the proxy stands before.
struct Forward {
  std::uint16_t listen = 0;
  std::optional<PortRef> upstream;  ///< nothing: `auto`, found at run time
  std::string host{};               ///< of the upstream, see Upstream
  std::string name{};               ///< the port name that moves here; empty: none

  /// `8087`, `${PORT}` or `auto`.
  std::string port_text() const { return upstream ? upstream->text() : "auto"; }
  /// The same with its host, if it has one: `127.0.0.1:8087`.
  std::string upstream_text() const {
    return host.empty() ? port_text() : host + ":" + port_text();
  }
};

/// The port numbers of one sidecar.
struct PortPlan {
  std::vector<Forward> forwards;
  std::uint16_t admin = 0;
};

/// Chooses which ports are forwarded: those of the settings, else every TCP containerPort of the
/// application, else the targetPorts of the Services that select the pod, else its probes' ports,
/// else `auto`. The numbers to listen at are the first ones from the settings' that nobody in the
/// pod uses. `services` are those that select it. Notes what stays aside: UDP, SCTP, host ports.
[[nodiscard]] PortPlan choose_ports(const SourceText& source, const Pod& pod,
                                    std::span<const Service* const> services,
                                    const Settings& settings, Diagnostics& problems);

/// What the report says of them.
[[nodiscard]] std::vector<PortChange> changes_of(const PortPlan& plan);

}  // namespace meshctl::inject
