#include "runtime/dashboard/dashboard_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/dashboard/prometheus_pushes.h"
#include "runtime/net/process.h"

namespace meshctl::dashboard {
namespace {

/// How often coarse slots are made of fine ones.
constexpr std::uint64_t kRollUpSeconds = 10;

/// The board hears of all proxies at once, each few seconds, or later while Prometheus is slow.
constexpr Board::Pace kPrometheusPace{
    .live_for = 45'000, .longest_gap = kLongestSilence, .most_instances = 20'000};

Millis wall_millis() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

}  // namespace

DashboardServer::DashboardServer(DashboardConfig config)
    : config_(std::move(config)),
      board_(config_.prometheus ? kPrometheusPace : Board::Pace{}),
      second_(loop_, this,
              [](void* self) noexcept { static_cast<DashboardServer*>(self)->on_second(); }) {
  // Documents are long and short-lived, and what is small would lie down between them.
  net::give_back_big_blocks();
  net::share_one_heap();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may grow no further is told as a full disk is
  net::raise_open_file_limit();
}

DashboardServer::~DashboardServer() = default;

Result<void, StartFailure> DashboardServer::start() {
  if (config_.prometheus) {
    read_from_prometheus();
  } else if (auto opened = open_history(); !opened) {
    return opened;
  }
  if (auto listening = listen(); !listening) return listening;
  for (const int number : {SIGINT, SIGTERM}) {
    signals_.push_back(std::make_unique<net::SignalWatch>(
        loop_, number, this,
        [](void* self, int) noexcept { static_cast<DashboardServer*>(self)->loop_.stop(); }));
  }
  second_.start_repeating(std::chrono::seconds(1));
  say(fmt::format("dashboard at http://{}/", server_->address().to_string()));
  if (source_) source_->start();
  return {};
}

void DashboardServer::read_from_prometheus() {
  source_ = std::make_unique<PrometheusSource>(
      loop_, PrometheusSource::Config{*config_.prometheus, config_.token, config_.retention},
      board_, wall_millis, [this](std::string words) { note_trouble(std::move(words)); });
  api_ = std::make_unique<Api>(Api::Parts{
      .board = board_,
      .history = nullptr,
      .ask_prometheus =
          [this](const Subject& subject, Millis from, Millis to, PrometheusSource::OnExcerpt done) {
            source_->read(subject, from, to, std::move(done));
          },
      .now = wall_millis,
      .on_last_push = [] {},
      .retention = config_.retention,
      .trouble = [this] { return trouble_; },
      .token = {},
      .takes_pushes = false});
}

Result<void, StartFailure> DashboardServer::open_history() {
  auto opened = History::open(config_.data_file, config_.retention);
  if (!opened) {
    return fail(StartFailure{
        fmt::format("cannot use the data file {}: {}", config_.data_file, opened.error()),
        "name another file, which this user may write, with --data"});
  }
  history_ = std::move(*opened);
  const auto loaded = history_->load(
      [this](Push push, Millis received) { board_.restore(std::move(push), received); });
  if (!loaded) {
    return fail(StartFailure{
        fmt::format("cannot read the data file {}: {}", config_.data_file, loaded.error()),
        "move it away, or name another with --data"});
  }
  saver_ = std::make_unique<Saver>(
      loop_, board_, history_, [this](std::string trouble) { note_trouble(std::move(trouble)); });
  api_ = std::make_unique<Api>(Api::Parts{
      .board = board_,
      .history = history_,
      .ask_prometheus = {},
      .now = wall_millis,
      .on_last_push = [this] { saver_->save_now(); },
      .retention = config_.retention,
      .trouble =
          [this] {
            return trouble_.empty() ? std::string()
                                    : fmt::format("cannot write the data file: {}", trouble_);
          },
      .token = config_.token});
  return {};
}

Result<void, StartFailure> DashboardServer::listen() {
  const web::HttpServer::Limits limits{.connections = kMostConnections,
                                       .body_bytes = kMostPushBytes,
                                       .keeps_bodies = true,
                                       .takes_any_host = Api::is_push,
                                       .streams = kMostStreams,
                                       .making = kMostReads,
                                       .held_bytes = kMostHeldBytes};
  server_ = std::make_unique<web::HttpServer>(
      loop_, [this](const web::Request& request) { return api_->answer(request); }, host_name(),
      limits);
  server_->also_answer_to(config_.hosts, "--host");
  const auto place = to_string(config_.listen);
  const auto addresses = net::resolve_listen(config_.listen);
  if (!addresses) {
    return fail(
        StartFailure{fmt::format("cannot find {}: {}", place, net::message(addresses.error())),
                     "name an address of this machine with --listen"});
  }
  if (auto listening = server_->listen(*addresses); !listening) {
    return fail(
        StartFailure{fmt::format("cannot listen at {}: {}", place, net::message(listening.error())),
                     "name another port with --listen (0 picks a free one)"});
  }
  return {};
}

bool DashboardServer::run() {
  loop_.run();
  signals_.clear();
  server_.reset();
  if (!saver_) return true;
  saver_->save_now();
  return trouble_.empty();
}

void DashboardServer::on_second() noexcept {
  const auto now = wall_millis();
  const auto age_now = age_clock_.now(now, meshctl::now());
  board_.forget(age_now - config_.retention);
  const bool rolls_up = ++seconds_ % kRollUpSeconds == 0;
  if (rolls_up) board_.drop_old_slots(now);
  if (saver_) {
    saver_->save(rolls_up ? std::optional(Saver::RollUp{now, age_now}) : std::nullopt);
  } else {
    static_cast<void>(board_.changes());
  }
  if (server_->streams() != 0) server_->send_to_streams(api_->event());
}

void DashboardServer::note_trouble(std::string words) {
  if (words.empty() != trouble_.empty()) {
    if (source_) {
      say(words.empty() ? "Prometheus answers again" : words + "; trying again");
    } else {
      say(words.empty()
              ? std::string("figures are stored again")
              : fmt::format("cannot store figures in {}: {}; the page shows what comes all "
                            "the same",
                            config_.data_file, words));
    }
  }
  trouble_ = std::move(words);
}

}  // namespace meshctl::dashboard
