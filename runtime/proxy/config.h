#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/endpoint.h"
#include "runtime/net/tcp_options.h"
#include "runtime/proxy/access_log.h"
#include "runtime/proxy/export_kinds.h"
#include "runtime/proxy/proxy_header.h"
#include "runtime/tap/connection_tap.h"
#include "runtime/telemetry/route_table.h"
#include "runtime/telemetry/terminal_table.h"

namespace meshctl::proxy {

/// One listening port, and the application that it forwards to.
struct Forward {
  Endpoint listen;
  /// Empty: found at run time among the ports that are listened at here (`auto`).
  std::optional<Endpoint> upstream;
  /// The flag that named the listening port: messages send the reader there.
  std::string listen_flag = "--listen";
};

/// What callers get while the application does not listen.
enum class WhenDown : std::uint8_t {
  Refuse,  ///< our port is closed, too
  Answer,  ///< 502 for HTTP, a reset for all others
};

enum class Output : std::uint8_t {
  Table,
  Lines,
  Json,
  Summary,  ///< nothing but the table at the end
  None,
};

/// What `meshctl run` does, resolved: no default is left open. Immutable once the server runs.
struct Config {
  std::vector<Forward> forwards;  ///< at least one
  std::optional<Endpoint> admin;  ///< absent: `--admin off`
  std::vector<std::string>
      admin_hosts;  ///< host names that the admin port answers to beside its own
  tap::ProtocolChoice protocol = tap::ProtocolChoice::Auto;

  telemetry::RoutePlan routes;  ///< what calls are counted under

  Output output = Output::Lines;
  bool is_terminal = false;    ///< standard output is one: the table is repainted in place
  bool shows_colours = false;  ///< standard output does, and the user likes them
  telemetry::SortKey sort =
      telemetry::SortKey::Calls;  ///< of the table, until a key says otherwise
  Duration interval = std::chrono::seconds(1);
  AccessLogConfig access_log;

  std::optional<OtlpConfig> otlp;            ///< absent: nothing is pushed
  std::optional<DashboardTarget> dashboard;  ///< absent: nothing is pushed

  /// What of our surroundings could not be followed, to be told at the start.
  std::vector<std::string> warnings;

  std::string service;  ///< the name that the numbers are reported under; may be empty
  std::string pod;      ///< the pod's name; may be empty
  bool is_in_pod = false;

  /// An application that does not answer the connect. Chosen: TCP gives up after minutes.
  Duration connect_timeout = std::chrono::seconds(5);
  /// One side ended and the other was silent for this long (istio#43297: without it such pairs
  /// leak).
  Duration half_close_timeout = std::chrono::seconds(60);
  /// Of both connections of a pair.
  net::KeepAlive keep_alive;
  /// Absent: closed ports where the application is in this network namespace and we listen beyond
  /// loopback, else answers.
  std::optional<WhenDown> when_down;
  /// From TERM on, connections are still taken for this long. Absent: as long as the application
  /// listens, or kUnseenDrainDelay where that cannot be seen.
  std::optional<Duration> drain_delay = Duration::zero();
  /// Counted from TERM or INT: the end comes by then, whatever is under way. Below Kubernetes' 30 s
  /// of grace.
  Duration drain_timeout = std::chrono::seconds(25);
  /// Connection pairs at once; 0: as many as the limit of open files allows.
  std::uint64_t max_connections = 0;
  /// The application sees our address; this tells it the client's.
  ProxyHeader send_proxy = ProxyHeader::None;
  /// The run ends after this long as it does by INT; zero: it goes on.
  Duration duration{};
  /// A program and its arguments that the run lasts for; empty: none.
  std::vector<std::string> command;
  /// The application has this long to take connections before the command is given up.
  Duration start_timeout = std::chrono::seconds(60);
  /// Event loops that connections are spread over, each on a thread of its own; at least 1.
  std::size_t threads = 1;

  /// Balancers need this long to see that we are not ready (kube-proxy syncs each second).
  static constexpr Duration kUnseenDrainDelay = std::chrono::seconds(5);
};

}  // namespace meshctl::proxy
