#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/endpoint.h"
#include "runtime/base/url.h"
#include "runtime/dashboard/age_clock.h"
#include "runtime/dashboard/api.h"
#include "runtime/dashboard/board.h"
#include "runtime/dashboard/history.h"
#include "runtime/dashboard/prometheus_source.h"
#include "runtime/dashboard/saver.h"
#include "runtime/net/lookup.h"
#include "runtime/net/loop.h"
#include "runtime/net/signal.h"
#include "runtime/net/timer.h"
#include "runtime/web/http_server.h"

namespace meshctl::dashboard {

struct DashboardConfig {
  Endpoint listen;
  std::string data_file;
  Millis retention = 0;
  std::string token;               ///< empty: pushes, or Prometheus, need none
  std::optional<Url> prometheus;   ///< to read from, without pushes and data file
  std::vector<std::string> hosts;  ///< further names that pages are read under
};

struct StartFailure {
  std::string problem;
  std::string hint;
};

/// `meshctl dashboard`: takes pushes, stores once a second, and serves the page, until INT or TERM
/// comes. One a process, on one thread.
class DashboardServer {
 public:
  explicit DashboardServer(DashboardConfig config);
  ~DashboardServer();
  DashboardServer(const DashboardServer&) = delete;
  DashboardServer& operator=(const DashboardServer&) = delete;

  /// Opens the data file, takes up what it remembers, and listens. Says where.
  [[nodiscard]] Result<void, StartFailure> start();
  /// Serves. False: the last figures could not be stored.
  [[nodiscard]] bool run();

  /// Ends the process with `code` if it would be held up (net::Lookup); to be called last.
  static void exit_if_held_up(int code) noexcept { net::Lookup::exit_if_under_way(code); }

  /// Proxies keep their connection, or open one for each push; and pages.
  static constexpr std::size_t kMostConnections = 4096;
  static constexpr std::size_t kMostStreams = 100;
  /// Chosen: five pages that draw all their charts at once. Each holds 1,500 slots at most.
  static constexpr std::size_t kMostReads = 32;
  /// Chosen: a document of 10,000 rows for 25 pages that take it slowly.
  static constexpr std::size_t kMostHeldBytes = 256 * 1024 * 1024;

 private:
  [[nodiscard]] Result<void, StartFailure> open_history();
  void read_from_prometheus();
  [[nodiscard]] Result<void, StartFailure> listen();
  void on_second() noexcept;
  void note_trouble(std::string words);

  DashboardConfig config_;
  net::Loop loop_;
  Board board_;
  std::shared_ptr<History>
      history_;  ///< what the pool does for us may outlast us; null with Prometheus
  std::unique_ptr<Saver> saver_;              ///< null with Prometheus
  std::unique_ptr<PrometheusSource> source_;  ///< null without
  std::unique_ptr<Api> api_;
  std::unique_ptr<web::HttpServer> server_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  net::Timer second_;
  AgeClock age_clock_;
  std::string trouble_;
  std::uint64_t seconds_ = 0;
};

}  // namespace meshctl::dashboard
