#include "runtime/dashboard/prometheus_source.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/dashboard/prometheus_pushes.h"
#include "runtime/dashboard/prometheus_reply.h"

namespace meshctl::dashboard {
namespace {

/// When each proxy was scraped of late; three minutes have two scrapes of the rarest that are
/// usual.
constexpr std::string_view kScrapes = "meshctl_service_info[3m]";
/// PromQL for no series.
constexpr const char* kNothing = "vector(0) > 0";

std::vector<std::string> expressions_of(const PrometheusScope& scope) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < kFigures; ++i)
    all.push_back(expression(static_cast<Figure>(i), scope));
  return all;
}

/// Reads the answers for all figures, in their order, and drops each behind it.
Result<PrometheusAnswers, std::string> read_all(std::vector<std::string>& bodies) {
  PrometheusAnswers answers;
  for (std::size_t i = 0; i < kFigures; ++i) {
    const auto body = std::exchange(bodies[i], {});
    auto series = read_prometheus_reply(body);
    if (!series) return fail(std::move(series.error()));
    answers[i] = std::move(*series);
  }
  return answers;
}

}  // namespace

/// One look at all proxies: first who is there, then some of them at a time. The past is looked at
/// once what is there now is known, and for the others alone: series of earlier starts at the same
/// address are mixed in there. The pool's thread reads the answers, and nobody else looks
/// meanwhile.
struct PrometheusSource::Look {
  bool is_past = false;
  Millis at = 0;
  std::vector<std::string> bodies = {};  ///< what was answered last
  std::string problem = {};              ///< with that
  /// Of the past: the places that are known already.
  std::set<std::string, std::less<>> known = {};
  /// Of all proxies, each once.
  std::vector<std::string> instances = {};
  /// How many of them were asked for; none yet: who is there is not known.
  std::size_t asked = 0;
  /// Of those that were asked for last.
  std::vector<Push> pushes = {};
  /// Of the past: when they were scraped last, by place.
  std::map<std::string, Millis, std::less<>> scraped = {};
  /// By instance: what they say cannot follow what is known of them.
  std::set<std::string> contradicted = {};
  /// Something was replaced on the board.
  bool is_to_add_up = false;
  /// How far scrapes are apart; 0: not known.
  Millis scrape_millis = 0;
  /// Why not all is shown; empty: it is.
  std::string refusal = {};

  /// The mean gap of the proxy that is scraped most often.
  void note_scrapes(const std::vector<std::pair<Millis, double>>& points) {
    if (points.size() < 2) return;
    const auto span = points.back().first - points.front().first;
    const auto gap = std::max<Millis>(span / static_cast<Millis>(points.size() - 1), 1000);
    scrape_millis = scrape_millis == 0 ? gap : std::min(scrape_millis, gap);
  }

  void read() { asked == 0 ? read_who_is_there() : read_pushes(); }

  void read_who_is_there() {
    const auto series = read_prometheus_reply(bodies.front());
    if (!series) {
      problem = series.error();
      return;
    }
    for (const auto& each : *series) {
      if (known.contains(place_of(each))) continue;
      instances.emplace_back(each.label("instance"));
      if (!is_past) note_scrapes(each.points);
    }
    std::ranges::sort(instances);
    instances.erase(std::unique(instances.begin(), instances.end()), instances.end());
  }

  void read_pushes() {
    const auto answers = read_all(bodies);
    if (!answers) {
      problem = answers.error();
      return;
    }
    pushes = pushes_at(*answers, at);
    if (!is_past) return;
    // Another job may have the same address.
    std::erase_if(pushes, [this](const Push& push) { return known.contains(place_of(push)); });
    scraped = last_scrapes(*answers, at);
  }
};

struct PrometheusSource::Chart {
  std::vector<std::string> bodies;
  Millis from;
  Millis to;
  Millis step;
  OnExcerpt done;
  Result<History::Excerpt, std::string> excerpt = History::Excerpt{};

  void read() {
    const auto answers = read_all(bodies);
    if (answers) {
      excerpt = excerpt_of(*answers, from, to, step);
    } else {
      excerpt = fail(answers.error());
    }
  }
};

PrometheusSource::PrometheusSource(net::Loop& loop, Config config, Board& board,
                                   std::function<Millis()> now, OnTrouble on_trouble)
    : config_(std::move(config)),
      place_(config_.url.to_string()),
      board_(board),
      now_(std::move(now)),
      on_trouble_(std::move(on_trouble)),
      client_(loop, config_.url, config_.token),
      poll_(loop, this, [](void* self) noexcept { static_cast<PrometheusSource*>(self)->poll(); }),
      reading_(loop, this,
               [](void* self, std::string) noexcept {
                 static_cast<PrometheusSource*>(self)->on_read();
               }),
      charting_(loop, this, [](void* self, std::string) noexcept {
        static_cast<PrometheusSource*>(self)->on_chart();
      }) {}

void PrometheusSource::look(bool is_past) {
  poll_began_ = meshctl::now();
  look_ = std::make_shared<Look>();
  look_->is_past = is_past;
  look_->at = now_() - kSettleMillis;
  ++sequence_;
  if (!is_past) return ask({std::string(kScrapes)});
  for (const auto& [name, instance] : board_.instances())
    look_->known.emplace(place_of(instance.last));
  ask({who_was_there(config_.retention / 1000)});
}

void PrometheusSource::ask_next() {
  const auto rest = std::span(look_->instances).subspan(look_->asked);
  PrometheusScope scope;
  scope.instances = rest.first(std::min(kAtATime, rest.size()));
  look_->asked += scope.instances.size();
  if (look_->is_past) scope.window_seconds = config_.retention / 1000;
  auto expressions = expressions_of(scope);
  if (look_->is_past) {
    // They are most of the samples, and nothing shows percentiles of proxies that ended.
    for (const auto figure : {Figure::Buckets, Figure::GrpcBuckets})
      expressions[static_cast<std::size_t>(figure)] = kNothing;
  }
  ask(std::move(expressions));
}

void PrometheusSource::ask(std::vector<std::string> expressions) {
  client_.ask(std::move(expressions), {.from = look_->at},
              [this](Result<std::vector<std::string>, std::string> bodies) {
                if (!bodies && look_->is_past && client_.is_reached()) {
                  // As where it may not load so many samples.
                  say(
                      fmt::format("cannot read from Prometheus at {} what was before: {}; "
                                  "showing what is there now",
                                  place_, bodies.error()));
                  knows_past_ = true;
                  return poll();
                }
                if (!bodies) return fail_poll(std::move(bodies.error()));
                look_->bodies = std::move(*bodies);
                if (!reading_.start([look = look_] {
                      look->read();
                      // What a big answer took would stay with this thread of the pool, and with
                      // each other one.
                      ::malloc_trim(0);
                      return std::string();
                    }))
                  fail_poll("out of memory");
              });
}

void PrometheusSource::on_read() noexcept {
  if (!look_->problem.empty()) return fail_poll(std::move(look_->problem));
  take(std::exchange(look_->pushes, {}));
  if (look_->asked < look_->instances.size()) return ask_next();

  if (look_->is_past) {
    knows_past_ = true;
    return poll();
  }
  end_look();
}

void PrometheusSource::end_look() {
  if (look_->is_to_add_up) board_.add_up();
  contradicted_ = std::move(look_->contradicted);
  if (look_->scrape_millis != 0) scrape_millis_ = look_->scrape_millis;
  const auto refusal = std::move(look_->refusal);
  look_ = nullptr;
  // A trouble with the past is not over yet.
  if (!knows_past_) return look(true);
  on_trouble_(refusal.empty() ? std::string()
                              : fmt::format("not all proxies are shown: {}", refusal));
  plan_next();
}

void PrometheusSource::take(std::vector<Push> pushes) {
  for (auto& push : pushes) {
    push.sequence = sequence_;
    if (!look_->is_past) {
      take_now(std::move(push));
      continue;
    }
    const auto scraped = look_->scraped.find(place_of(push));
    const auto at = scraped == look_->scraped.end() ? look_->at - Board::kStaleFor - 1
                                                    : std::min(scraped->second, look_->at);
    board_.restore(std::move(push), at);
  }
}

void PrometheusSource::take_now(Push push) {
  const auto instance = push.instance;
  auto again = contradicted_.contains(instance) ? std::optional(push) : std::nullopt;
  const auto taken = board_.take(std::move(push), now_());
  if (taken) return;
  if (taken.error().why == PushRefusal::Full) {
    look_->refusal = taken.error().words;
  } else if (again) {
    board_.replace(std::move(*again), now_());
    look_->is_to_add_up = true;
  } else {
    look_->contradicted.insert(instance);
  }
}

void PrometheusSource::plan_next() {
  const Duration scrape = std::chrono::milliseconds(scrape_millis_);
  poll_.start_once(std::max(std::min(scrape, kInterval), meshctl::now() - poll_began_));
}

void PrometheusSource::fail_poll(std::string words) {
  if (look_->is_to_add_up) board_.add_up();
  look_ = nullptr;
  on_trouble_(fmt::format("cannot read from Prometheus at {}: {}", place_, words));
  plan_next();
}

Millis PrometheusSource::step_for(Millis range) const {
  constexpr std::array<Millis, 15> kSteps{2'000,   5'000,    10'000,   15'000,   20'000,
                                          30'000,  60'000,   120'000,  300'000,  600'000,
                                          900'000, 1800'000, 3600'000, 7200'000, 21600'000};
  const auto least = std::max(scrape_millis_, range / kMostSteps);
  const auto found = std::ranges::lower_bound(kSteps, least);
  return found == kSteps.end() ? range / kMostSteps : *found;
}

void PrometheusSource::read(const Subject& subject, Millis from, Millis to, OnExcerpt done) {
  if (client_.waiting() + charts_.size() >= kMostWaiting)
    return done(fail(std::string("too many charts are asked for at once")));
  const auto chart = std::make_shared<Chart>();
  chart->step = step_for(to - from);
  // Whole steps, so that a chart that is drawn again has the same ones; and one before the first.
  chart->from = (from / chart->step - 1) * chart->step;
  chart->to = std::min(to, now_()) / chart->step * chart->step;
  chart->done = std::move(done);
  client_.ask(expressions_of({subject, 0}), {chart->from, chart->to, chart->step},
              [this, chart](Result<std::vector<std::string>, std::string> bodies) {
                if (!bodies) {
                  return chart->done(fail(fmt::format("cannot read from Prometheus at {}: {}",
                                                      place_, bodies.error())));
                }
                chart->bodies = std::move(*bodies);
                charts_.push_back(chart);
                if (charts_.size() == 1) read_next_chart();
              });
}

void PrometheusSource::read_next_chart() {
  if (charting_.start([chart = charts_.front()] {
        chart->read();
        return std::string();
      }))
    return;
  charts_.front()->excerpt = fail(std::string("out of memory"));
  on_chart();
}

void PrometheusSource::on_chart() noexcept {
  const auto chart = std::move(charts_.front());
  charts_.pop_front();
  if (!charts_.empty()) read_next_chart();
  chart->done(std::move(chart->excerpt));
}

}  // namespace meshctl::dashboard
