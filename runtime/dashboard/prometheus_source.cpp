#include "runtime/dashboard/prometheus_source.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
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

/// One look at all proxies. The pool's thread fills it, and nobody else looks meanwhile.
struct PrometheusSource::Reading {
  bool is_past = false;
  Millis at = 0;
  std::vector<std::string> bodies;
  std::string problem = {};
  std::vector<Push> pushes = {};
  /// Of the past: when each proxy was scraped last, by job and instance.
  std::map<std::string, Millis> scraped = {};
  /// How far scrapes are apart; 0: not known.
  Millis scrape_millis = 0;

  /// The mean gap of the proxy that is scraped most often.
  void note_scrapes(const std::vector<std::pair<Millis, double>>& points) {
    if (points.size() < 2) return;
    const auto span = points.back().first - points.front().first;
    const auto gap = std::max<Millis>(span / static_cast<Millis>(points.size() - 1), 1000);
    scrape_millis = scrape_millis == 0 ? gap : std::min(scrape_millis, gap);
  }

  void read() {
    auto answers = read_all(bodies);
    auto extra = read_prometheus_reply(bodies.back());
    if (!answers || !extra) {
      problem = answers ? extra.error() : answers.error();
      return;
    }
    pushes = pushes_at(*answers, at);
    for (const auto& series : *extra) {
      if (series.points.empty()) continue;
      if (!is_past) {
        note_scrapes(series.points);
        continue;
      }
      const auto seconds = series.points.back().second;
      auto& time = scraped[fmt::format("{}|{}", series.label("job"), series.label("instance"))];
      time = std::max(time, static_cast<Millis>(std::llround(seconds * 1000)));
    }
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
                 static_cast<PrometheusSource*>(self)->on_pushes();
               }),
      charting_(loop, this, [](void* self, std::string) noexcept {
        static_cast<PrometheusSource*>(self)->on_chart();
      }) {}

void PrometheusSource::poll() {
  poll_began_ = meshctl::now();
  const bool is_past = !knows_past_;
  const auto at = now_() - kSettleMillis;
  PrometheusScope scope;
  if (is_past) scope.window_seconds = config_.retention / 1000;
  auto expressions = expressions_of(scope);
  if (is_past) {
    // They are most of the samples, and nothing shows percentiles of proxies that ended.
    for (const auto figure : {Figure::Buckets, Figure::GrpcBuckets})
      expressions[static_cast<std::size_t>(figure)] = kNothing;
  }
  expressions.push_back(is_past ? last_scrapes(scope.window_seconds) : std::string(kScrapes));
  const bool is_asked =
      client_.ask(std::move(expressions), {.from = at},
                  [this, is_past, at](Result<std::vector<std::string>, std::string> bodies) {
                    if (!bodies && is_past && client_.is_reached()) {
                      // As where it may not load so many samples.
                      say(
                          fmt::format("cannot read from Prometheus at {} what was before: {}; "
                                      "showing what is there now",
                                      place_, bodies.error()));
                      knows_past_ = true;
                      return poll();
                    }
                    if (!bodies) return fail_poll(std::move(bodies.error()));
                    on_bodies(is_past, at, std::move(*bodies));
                  });
  if (!is_asked) plan_next();
}

void PrometheusSource::on_bodies(bool is_past, Millis at, std::vector<std::string> bodies) {
  under_way_ = std::make_shared<Reading>();
  under_way_->is_past = is_past;
  under_way_->at = at;
  under_way_->bodies = std::move(bodies);
  if (!reading_.start([reading = under_way_] {
        reading->read();
        // What a big answer took would stay with this thread of the pool, and with each other one.
        ::malloc_trim(0);
        return std::string();
      }))
    fail_poll("out of memory");
}

void PrometheusSource::on_pushes() noexcept {
  const auto reading = std::exchange(under_way_, nullptr);
  if (!reading->problem.empty()) return fail_poll(std::move(reading->problem));
  ++sequence_;
  for (auto& push : reading->pushes) {
    push.sequence = sequence_;
    if (!reading->is_past) {
      // A contradiction is a scrape between two questions: the next look has it whole.
      static_cast<void>(board_.take(std::move(push), now_()));
      continue;
    }
    const auto scraped = reading->scraped.find(push.instance.substr(0, push.instance.rfind('|')));
    const auto at = scraped == reading->scraped.end() ? reading->at : scraped->second;
    // Those that are there now tell more by themselves, in a moment: series of an earlier start at
    // the same address are mixed in here.
    if (reading->at - at > Board::kStaleFor) board_.restore(std::move(push), at);
  }
  if (reading->scrape_millis != 0) scrape_millis_ = reading->scrape_millis;
  on_trouble_({});
  if (reading->is_past) {
    knows_past_ = true;
    return poll();
  }
  plan_next();
}

void PrometheusSource::plan_next() {
  const Duration scrape = std::chrono::milliseconds(scrape_millis_);
  poll_.start_once(std::max(std::min(scrape, kInterval), 4 * (meshctl::now() - poll_began_)));
}

void PrometheusSource::fail_poll(std::string words) {
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
  const auto chart = std::make_shared<Chart>();
  chart->step = step_for(to - from);
  // Whole steps, so that a chart that is drawn again has the same ones; and one before the first.
  chart->from = (from / chart->step - 1) * chart->step;
  chart->to = std::min(to, now_()) / chart->step * chart->step;
  chart->done = std::move(done);
  const bool is_asked = client_.ask(
      expressions_of({subject, 0}), {chart->from, chart->to, chart->step},
      [this, chart](Result<std::vector<std::string>, std::string> bodies) {
        if (!bodies) {
          return chart->done(
              fail(fmt::format("cannot read from Prometheus at {}: {}", place_, bodies.error())));
        }
        chart->bodies = std::move(*bodies);
        charts_.push_back(chart);
        if (charts_.size() == 1) read_next_chart();
      });
  if (!is_asked) chart->done(fail(std::string("too many charts are asked for at once")));
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
