#include "runtime/proxy/worker_thread.h"

#include <utility>

#include "runtime/net/handover.h"

namespace meshctl::proxy {

WorkerThread::WorkerThread()
    : wakeup_(loop_, this,
              [](void* self) noexcept { static_cast<WorkerThread*>(self)->on_mail(); }) {}

Result<std::unique_ptr<WorkerThread>, net::UvError> WorkerThread::start(
    const Config& config, telemetry::RouteTable& routes, AccessLogCommons& commons,
    PairWatcher& watcher) {
  std::unique_ptr<WorkerThread> self(new WorkerThread());
  if (!config.access_log.path.empty()) {
    auto opened = AccessLog::open(self->loop_, config.access_log, commons);
    if (!opened) return fail(opened.error());
    self->access_log_ = std::move(*opened);
  }
  self->worker_ =
      std::make_unique<Worker>(self->loop_, config, routes, self->access_log_.get(), watcher);
  self->thread_ = std::thread([&loop = self->loop_] { loop.run(); });
  return self;
}

WorkerThread::~WorkerThread() {
  stop(net::FileAppender::kLongestFlush);
}

void WorkerThread::take(Upstream& upstream, net::Descriptor connection) {
  post(Connection{&upstream, std::move(connection)});
}

void WorkerThread::stop(Duration longest) noexcept {
  if (!thread_.joinable()) return;
  post(Stop{});
  thread_.join();
  if (access_log_) access_log_->finish(longest);
}

void WorkerThread::post(Message message) {
  {
    const std::lock_guard lock(mutex_);
    mail_.push_back(std::move(message));
  }
  wakeup_.wake();
}

void WorkerThread::on_mail() noexcept {
  std::vector<Message> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(mail_);
  }
  for (Message& message : arrived) obey(message);
}

void WorkerThread::obey(Message& message) noexcept {
  if (auto* connection = std::get_if<Connection>(&message)) {
    auto adopted = net::adopt(loop_, std::move(connection->descriptor));
    if (!adopted) return worker_->on_pair_lost();
    worker_->take(*connection->upstream, std::move(*adopted));
  } else if (std::holds_alternative<EndIdle>(message)) {
    worker_->end_idle();
  } else if (std::holds_alternative<Reopen>(message)) {
    if (access_log_) access_log_->reopen();
  } else {
    worker_->abort();
    if (std::holds_alternative<Stop>(message)) loop_.stop();
  }
}

}  // namespace meshctl::proxy
