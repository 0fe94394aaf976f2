#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/dashboard/board.h"
#include "runtime/dashboard/history.h"
#include "runtime/dashboard/prometheus_client.h"
#include "runtime/dashboard/prometheus_figures.h"
#include "runtime/net/background.h"
#include "runtime/net/timer.h"

namespace meshctl::dashboard {

/// Prometheus in the place of pushes and of the data file: asks it every few seconds what the
/// proxies count, and for their past when a chart wants it. The board gets what the proxies would
/// have pushed. Shares the loop; answers are read on libuv's pool.
class PrometheusSource {
 public:
  struct Config {
    Url url;
    std::string token;     ///< empty: none
    Millis retention = 0;  ///< how far back proxies that ended are looked for at the start
  };
  /// Told when it fails, in words, and with none when it works again.
  using OnTrouble = std::function<void(std::string words)>;

  PrometheusSource(net::Loop& loop, Config config, Board& board, std::function<Millis()> now,
                   OnTrouble on_trouble);
  PrometheusSource(const PrometheusSource&) = delete;
  PrometheusSource& operator=(const PrometheusSource&) = delete;

  /// Begins to ask.
  void start() { poll_.start_once(Duration{0}); }

  using OnExcerpt = std::function<void(Result<History::Excerpt, std::string>)>;
  /// What happened to `subject` in [from, to). `done` is called later, on the loop's thread.
  void read(const Subject& subject, Millis from, Millis to, OnExcerpt done);

  /// Chosen: at least as often as Prometheus scrapes; half of the time it is left alone.
  static constexpr Duration kInterval = std::chrono::seconds(5);
  /// Scrapes that are younger may not be whole yet: its transaction is open until its end.
  static constexpr Millis kSettleMillis = 2000;
  static constexpr Millis kMostSteps = 300;
  /// Charts, and what is asked for all proxies.
  static constexpr std::size_t kMostWaiting = 16;
  /// Chosen: the answers for so many proxies of 50 routes have some 20 MB.
  static constexpr std::size_t kAtATime = 200;

 private:
  struct Look;
  struct Chart;

  void poll() { look(false); }
  void look(bool is_past);
  void ask_next();
  void ask(std::vector<std::string> expressions);
  void on_read() noexcept;
  void take(std::vector<Push> pushes);
  /// What contradicts once is a scrape between two questions. Again, what is known was wrong: made
  /// of two starts, or under names that Prometheus' configuration has changed since.
  void take_now(Push push);
  void end_look();
  void plan_next();
  void fail_poll(std::string words);
  void read_next_chart();
  void on_chart() noexcept;
  [[nodiscard]] Millis step_for(Millis range) const;

  Config config_;
  std::string place_;
  Board& board_;
  std::function<Millis()> now_;
  OnTrouble on_trouble_;
  PrometheusClient client_;
  net::Timer poll_;
  net::Background reading_;
  net::Background charting_;
  std::shared_ptr<Look> look_;                 ///< under way; else null
  std::deque<std::shared_ptr<Chart>> charts_;  ///< answered, to be read; the first is under way
  Instant poll_began_;
  std::uint64_t sequence_ = 0;
  Millis scrape_millis_ = 15'000;  ///< how far scrapes are apart
  bool knows_past_ = false;
  /// By instance: those of which the last look contradicted what is known.
  std::set<std::string> contradicted_;
};

}  // namespace meshctl::dashboard
