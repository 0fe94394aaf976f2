#include "runtime/proxy/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/base/version.h"
#include "runtime/net/process.h"

namespace meshctl::proxy {
namespace {

/// While draining, how often it is looked whether all connections have ended.
constexpr Duration kDrainLookEvery = std::chrono::milliseconds(20);
/// Two for a connection, one for a caller of the admin port.
constexpr std::size_t kLeastFiles = 3;

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

bool is_ignored(int signal) noexcept {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

StartFailure too_few_files() {
  return {"the limit of open files leaves no room for a connection",
          "raise it, as by `ulimit -n 1024`"};
}

StartFailure listen_failure(const Endpoint& endpoint, net::UvError error, std::string_view flag) {
  const auto place = to_string(endpoint);
  if (net::is_address_in_use(error)) {
    return {
        fmt::format("{} is in use by another program", place),
        fmt::format("stop that program, or name another port with {} (0 picks a free one)", flag)};
  }
  if (net::is_permission_denied(error)) {
    return {fmt::format("this user may not listen at {}", place),
            fmt::format("name a port above 1023 with {}", flag)};
  }
  if (net::is_address_not_available(error)) {
    return {fmt::format("{} is not an address of this machine", place),
            fmt::format("name one of its own with {}, or '*' for all", flag)};
  }
  if (net::is_out_of_files(error)) return too_few_files();
  return {fmt::format("cannot listen at {}: {}", place, net::message(error)),
          fmt::format("name another address with {}", flag)};
}

StartFailure lookup_failure(const Endpoint& endpoint, net::UvError error) {
  return {fmt::format("the host '{}' is not known: {}", endpoint.host, net::message(error)),
          "check the name, or give an address"};
}

}  // namespace

Server::Server(Config config)
    : config_(std::move(config)),
      identity_{config_.service, config_.pod, std::string(kVersion),
                std::chrono::system_clock::now(), now()},
      drain_timer_(loop_, this,
                   [](void* self) noexcept { static_cast<Server*>(self)->on_drain_timer(); }),
      duration_timer_(loop_, this,
                      [](void* self) noexcept { static_cast<Server*>(self)->on_time_up(); }) {
  // libuv writes without MSG_NOSIGNAL: a peer that has gone must be an error code, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  net::give_back_big_blocks();
  net::share_one_heap();
}

Server::~Server() = default;

Result<void, StartFailure> Server::start() {
  auto workers = WorkerPool::start(loop_, config_);
  if (!workers) {
    return fail(StartFailure{
        fmt::format("cannot write {}: {}", config_.access_log.path, net::message(workers.error())),
        "name a file in a folder that this user may write with --access-log"});
  }
  workers_ = std::move(*workers);
  for (const Forward& forward : config_.forwards) {
    if (auto opened = open_forward(forward); !opened) return opened;
  }
  if (config_.admin) {
    if (auto opened = open_admin(*config_.admin); !opened) return opened;
  }
  if (auto sound = refuse_loops(); !sound) return sound;
  if (!net::has_room_for_files(kLeastFiles)) return fail(too_few_files());
  // Before the first word is out: who reads it may send a signal at once.
  for (const int number : {SIGINT, SIGTERM}) {
    signals_.push_back(std::make_unique<net::SignalWatch>(
        loop_, number, this,
        [](void* self, int arrived) noexcept { static_cast<Server*>(self)->on_signal(arrived); }));
  }
  // Without a log to open anew it ends the run, in order. nohup(1) has it ignored.
  if (!config_.access_log.path.empty() || !is_ignored(SIGHUP)) {
    signals_.push_back(std::make_unique<net::SignalWatch>(
        loop_, SIGHUP, this,
        [](void* self, int) noexcept { static_cast<Server*>(self)->on_hangup(); }));
  }
  for (const auto& upstream : upstreams_) say(upstream->greeting());
  if (admin_) say(fmt::format("metrics at http://{}/metrics", admin_->address().to_string()));

  reporter_ = std::make_unique<Reporter>(loop_, config_, [this] { return snapshot(); });
  const auto push_to = [this](Export place) {
    exporters_.push_back(
        std::make_unique<Exporter>(loop_, std::move(place), [this] { return snapshot(); }));
  };
  if (config_.otlp) push_to(export_to(*config_.otlp));
  if (config_.dashboard) push_to(export_to(*config_.dashboard));
  if (config_.duration > Duration::zero()) duration_timer_.start_once(config_.duration);
  if (!config_.command.empty()) start_command();
  return {};
}

void Server::start_command() {
  const auto& at = listening_at_.front();
  const auto reached = at.is_any() ? net::Address::ipv4_loopback(at.port()) : at;
  command_ = std::make_unique<WrappedCommand>(
      loop_, *upstreams_.front(), config_.command,
      std::vector{fmt::format("MESHCTL_PROXY_URL=http://{}", reached.to_string())},
      config_.start_timeout, this,
      [](void* self) noexcept { static_cast<Server*>(self)->on_run_end(); });
}

Result<void, StartFailure> Server::open_forward(const Forward& forward) {
  const auto addresses = net::resolve_listen(forward.listen);
  if (!addresses) return fail(lookup_failure(forward.listen, addresses.error()));
  const bool is_reachable = !addresses->front().is_loopback();
  auto upstream = Upstream::open(loop_, forward, is_reachable, config_.is_in_pod);
  if (!upstream) return fail(lookup_failure(*forward.upstream, upstream.error()));
  upstreams_.push_back(std::move(*upstream));
  const auto bound = workers_->listen(*addresses, *upstreams_.back());
  if (!bound) return fail(listen_failure(forward.listen, bound.error(), forward.listen_flag));
  upstreams_.back()->set_listen_address(bound->to_string());
  listening_at_.push_back(*bound);
  return {};
}

Result<void, StartFailure> Server::refuse_loops() const {
  for (const auto& upstream : upstreams_) {
    for (const auto& address : listening_at_) {
      if (!upstream->leads_to(address)) continue;
      return fail(
          StartFailure{fmt::format("the upstream {} is this proxy itself", upstream->describe()),
                       "name the port that the application listens at with --upstream"});
    }
  }
  return {};
}

Result<void, StartFailure> Server::open_admin(const Endpoint& endpoint) {
  Admin admin({[this] { return snapshot(); }, [this] { return state_ == State::Serving; },
               [this] {
                 const bool begins = state_ == State::Serving && !signalled_;
                 if (begins) on_signal(SIGTERM);
               }});
  admin_ = std::make_unique<web::HttpServer>(
      loop_,
      [admin = std::move(admin)](const web::Request& request) mutable {
        return admin.answer(request);
      },
      host_name());
  admin_->also_answer_to(config_.admin_hosts);
  const auto addresses = net::resolve_listen(endpoint);
  if (!addresses) return fail(lookup_failure(endpoint, addresses.error()));
  if (auto listening = admin_->listen(*addresses); !listening) {
    return fail(listen_failure(endpoint, listening.error(), "--admin"));
  }
  return {};
}

bool Server::run() {
  loop_.run();
  reporter_->give_keyboard_back();
  // A second signal ends the process the usual way, should the last lines find no reader.
  signals_.clear();
  workers_->stop();  // their last calls belong into the summary
  is_over_ = true;
  const bool printed = reporter_->finish();
  for (const auto& exporter : exporters_) exporter->finish();
  return printed;
}

telemetry::Snapshot Server::snapshot() const {
  auto taken = telemetry::take(workers_->shards(), identity_, now());
  taken.access_log_dropped_lines = workers_->dropped_access_log_lines();
  taken.is_final = is_over_;
  return taken;
}

std::optional<WrappedCommand::Outcome> Server::command_outcome() const {
  if (!command_) return std::nullopt;
  return command_->outcome();
}

void Server::on_run_end() noexcept {
  if (state_ == State::Serving || state_ == State::Lingering) enter(State::Draining);
}

void Server::on_time_up() noexcept {
  if (state_ == State::Serving) on_signal(SIGINT);
}

void Server::on_signal(int number) noexcept {
  // The command decides what it makes of the first signal; the run ends with it.
  if (command_ && !std::exchange(signalled_, true)) return command_->send_signal(number);
  if (state_ != State::Serving) {
    workers_->abort();
    return enter(State::Stopped);
  }
  const bool lingers = number == SIGTERM && config_.drain_delay > Duration::zero();
  enter(lingers ? State::Lingering : State::Draining);
}

void Server::on_hangup() noexcept {
  // A terminal that has gone takes the run with it.
  const bool is_gone = config_.is_terminal && ::isatty(STDOUT_FILENO) == 0;
  if (is_gone || config_.access_log.path.empty()) return on_signal(SIGINT);
  workers_->reopen_access_log();
}

void Server::on_drain_timer() noexcept {
  switch (state_) {
    case State::Serving:
    case State::Stopped: return;
    case State::Lingering: return enter(State::Draining);
    case State::Draining:
      if (workers_->open_pairs() > 0 && now() < drain_ends_) return;
      return enter(State::Stopped);
  }
}

void Server::enter(State state) noexcept {
  state_ = state;
  switch (state) {
    case State::Serving: return;
    case State::Lingering: return drain_timer_.start_once(config_.drain_delay);
    case State::Draining:
      drain_ends_ = now() + config_.drain_timeout;
      workers_->drain();
      if (workers_->open_pairs() == 0) return enter(State::Stopped);
      say(fmt::format("waiting for {} open connections to end; a second signal ends them now",
                      workers_->open_pairs()));
      return drain_timer_.start_repeating(kDrainLookEvery);
    case State::Stopped: workers_->abort(); return loop_.stop();
  }
}

}  // namespace meshctl::proxy
