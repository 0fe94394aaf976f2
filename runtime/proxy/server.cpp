#include "runtime/proxy/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/base/version.h"
#include "runtime/net/file_appender.h"
#include "runtime/net/process.h"

namespace meshctl::proxy {
namespace {

/// Longest wait for the last pushes. Chosen: a collector that is there answers in less.
constexpr Duration kLongestLastPush = std::chrono::seconds(3);
/// Whoever reads standard output at all takes the summary in this time, though the deadline is
/// over.
constexpr Duration kShortestLastWords = std::chrono::milliseconds(100);
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

/// Where callers at the loopback address `listener` are led to first.
std::string at_loopback(const net::Address& listener, std::uint16_t port) {
  const auto at = listener.at_port(port);
  return (at.is_ipv4() ? net::Address::ipv4_loopback(port) : net::Address::ipv6_loopback(port))
      .to_string();
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
      duration_timer_(loop_, this,
                      [](void* self) noexcept { static_cast<Server*>(self)->on_time_up(); }) {
  // libuv writes without MSG_NOSIGNAL: a peer that has gone must be an error code, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  net::give_back_big_blocks();
  net::share_one_heap();
}

Server::~Server() {
  if (workers_) workers_->stop();  // no thread speaks to a watch that is gone
}

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
  for (const auto& warning : config_.warnings) say("warning: " + warning);
  if (auto opened = open_ports(); !opened) return opened;
  greet();

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

void Server::greet() const {
  for (std::size_t i = 0; i < forwards_.size(); ++i) {
    const auto& upstream = *forwards_[i].upstream;
    const auto& at = listening_at_[i];
    const bool is_loopback_port = at.is_loopback() && !upstream.has_host() && upstream.port() != 0;
    say(fmt::format("forwarding {} -> {}", at.to_string(),
                    is_loopback_port ? at_loopback(at, upstream.port()) : upstream.describe()));
  }
  for (const Forwarding& forward : forwards_) forward.watch->tell_state();
  if (admin_) say(fmt::format("metrics at http://{}/metrics", admin_->address().to_string()));
}

Result<void, StartFailure> Server::open_ports() {
  for (std::size_t i = 0; i < forwards_.size(); ++i) {
    auto& running = forwards_[i];
    const auto& forward = config_.forwards[i];
    const auto rules = rules_for(forward, running);
    if (!rules) return fail(rules.error());
    running.watch = std::make_unique<ApplicationWatch>(loop_, *running.upstream, *running.port,
                                                       listening_at_, *rules);
  }
  for (std::size_t i = 0; i < forwards_.size(); ++i) {
    const auto& forward = config_.forwards[i];
    if (auto opened = forwards_[i].watch->start(); !opened)
      return fail(listen_failure(forward.listen, opened.error(), forward.listen_flag));
  }
  return {};
}

Result<ApplicationWatch::Rules, StartFailure> Server::rules_for(const Forward& forward,
                                                                Forwarding& running) const {
  const bool is_here = running.upstream->is_here();
  const bool is_beyond_loopback = !running.port->address().is_loopback();
  running.is_seen = is_here && listening_addresses().has_value();
  const auto when_down =
      config_.when_down.value_or(is_beyond_loopback ? WhenDown::Refuse : WhenDown::Answer);
  if (config_.when_down == WhenDown::Refuse && !is_here) {
    return fail(StartFailure{
        fmt::format(
            "--when-down refuse: {} is not an address of this machine, so it cannot be seen "
            "whether it listens",
            to_string(*forward.upstream)),
        "leave --when-down out, or name an application on this machine"});
  }
  if (when_down == WhenDown::Refuse && is_here && !running.is_seen) {
    say("cannot see which ports are listened at here (sock_diag, /proc/net/tcp): connections are "
        "taken and answered 502 while the application does not listen");
  }
  return ApplicationWatch::Rules{when_down == WhenDown::Refuse && running.is_seen,
                                 is_beyond_loopback, config_.is_in_pod};
}

void Server::start_command() {
  const auto& at = listening_at_.front();
  const auto reached = at.is_any() ? net::Address::ipv4_loopback(at.port()) : at;
  command_ = std::make_unique<WrappedCommand>(
      loop_, forwards_.front(), reached, config_.command,
      std::vector{fmt::format("MESHCTL_PROXY_URL=http://{}", reached.to_string())},
      config_.start_timeout, this,
      [](void* self) noexcept { static_cast<Server*>(self)->on_run_end(); });
}

Result<void, StartFailure> Server::open_forward(const Forward& forward) {
  const auto addresses = net::resolve_listen(forward.listen);
  if (!addresses) return fail(lookup_failure(forward.listen, addresses.error()));
  auto upstream = Upstream::open(forward);
  if (!upstream) return fail(lookup_failure(*forward.upstream, upstream.error()));
  const auto port = workers_->add_port(*addresses, **upstream);
  if (!port) return fail(listen_failure(forward.listen, port.error(), forward.listen_flag));
  listening_at_.push_back((*port)->address());
  auto& running = forwards_.emplace_back();
  running.upstream = std::move(*upstream);
  running.port = *port;
  return {};
}

Result<void, StartFailure> Server::refuse_loops() const {
  for (const auto& forward : forwards_) {
    const auto& upstream = *forward.upstream;
    for (const auto& address : listening_at_) {
      const bool is_ours =
          upstream.has_host() ? upstream.leads_to(address) : upstream.port() == address.port();
      if (!is_ours) continue;
      return fail(StartFailure{
          fmt::format("the upstream {} is this proxy itself", forward.upstream->describe()),
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
  admin_->also_answer_to(config_.admin_hosts, "--admin-host");
  const auto addresses = net::resolve_listen(endpoint);
  if (!addresses) return fail(lookup_failure(endpoint, addresses.error()));
  if (auto listening = admin_->listen(*addresses); !listening) {
    return fail(listen_failure(endpoint, listening.error(), "--admin"));
  }
  listening_at_.push_back(admin_->address());
  return {};
}

bool Server::run() {
  loop_.run();
  reporter_->give_keyboard_back();
  // A second signal ends the process the usual way, should the last lines find no reader.
  signals_.clear();
  const auto time_left = [this] {
    return std::max(drain_->deadline() - now(), kShortestLastWords);
  };
  const auto longest = net::FileAppender::kLongestFlush;
  workers_->stop(std::min(time_left(), longest));  // their last calls belong into the summary
  is_over_ = true;
  push_last();
  const bool printed = reporter_->finish(std::min(time_left(), longest));
  await_pushes();
  for (const auto& exporter : exporters_) exporter->give_up();
  return printed;
}

/// Begins to send to all at once, so that the wait for one is the wait for all.
void Server::push_last() {
  unsettled_pushes_ = exporters_.size();
  for (const auto& exporter : exporters_) {
    exporter->finish(
        [](void* self) noexcept {
          auto& server = *static_cast<Server*>(self);
          if (--server.unsettled_pushes_ == 0) server.loop_.stop();
        },
        this);
  }
}

void Server::await_pushes() {
  if (unsettled_pushes_ == 0) return;
  const auto left = drain_->deadline() - now();
  duration_timer_.start_once(std::clamp(left, Duration::zero(), kLongestLastPush));
  loop_.run();
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
  if (state_ == State::Serving) begin_drain(false);
}

void Server::on_time_up() noexcept {
  if (state_ == State::Serving) return on_signal(SIGINT);
  if (state_ == State::Stopped) loop_.stop();  // the last pushes had their time
}

void Server::on_signal(int number) noexcept {
  // The command decides what it makes of the first signal; the run ends with it.
  if (command_ && !std::exchange(signalled_, true)) return command_->send_signal(number);
  if (state_ != State::Serving) return stop();
  // A second one, for the command: the run does not wait for it.
  begin_drain(!command_ && number == SIGTERM && config_.drain_delay != Duration::zero());
}

void Server::on_hangup() noexcept {
  // A terminal that has gone takes the run with it.
  const bool is_gone = config_.is_terminal && ::isatty(STDOUT_FILENO) == 0;
  if (is_gone || config_.access_log.path.empty()) return on_signal(SIGINT);
  workers_->reopen_access_log();
}

void Server::begin_drain(bool takes_connections) noexcept {
  state_ = State::Draining;
  const Drain::Times times{config_.drain_timeout, config_.drain_delay, !exporters_.empty()};
  drain_ = std::make_unique<Drain>(loop_, *workers_, forwards_, times, this,
                                   [](void* self) noexcept { static_cast<Server*>(self)->stop(); });
  drain_->begin(takes_connections);
}

void Server::stop() noexcept {
  state_ = State::Stopped;
  duration_timer_.stop();
  workers_->abort();
  loop_.stop();
}

}  // namespace meshctl::proxy
