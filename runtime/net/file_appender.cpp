#include "runtime/net/file_appender.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace meshctl::net {
namespace {

using Sharing = LineTurns::Sharing;

int open_at_end(const std::string& path) noexcept {
  // A FIFO without a reader would hold up the start: it is an error then (open(2), ENXIO).
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const int file = ::open(path.c_str(), flags | O_NONBLOCK, 0640);
  if (file >= 0) ::fcntl(file, F_SETFL, O_APPEND);
  return file;
}

std::uint64_t lines_in(std::string_view bytes) noexcept {
  return static_cast<std::uint64_t>(std::ranges::count(bytes, '\n'));
}

}  // namespace

/// A write that a pool thread carries out. It works on its own copy of everything, so an appender
/// that goes away in the meantime only has to wait for it.
struct FileAppender::Batch {
  uv_work_t work{};
  int file = -1;
  Sharing sharing = Sharing::Given;
  bool closes_file = false;  ///< its owner has gone on in another file
  std::string bytes;
  LineTurns::Outcome outcome;
  Turns turns;
  FileAppender* owner = nullptr;
};

FileAppender::FileAppender(Loop& loop, int file, Sharing sharing, Turns turns)
    : loop_(loop),
      file_(file),
      sharing_(sharing),
      turns_(std::move(turns)),
      timer_(loop, this,
             [](void* owner) noexcept { static_cast<FileAppender*>(owner)->on_timer(); }) {}

Result<std::unique_ptr<FileAppender>, UvError> FileAppender::open(Loop& loop,
                                                                  const std::string& path,
                                                                  Turns turns) {
  const int file = open_at_end(path);
  if (file < 0) return fail(UvError{uv_translate_sys_error(errno)});
  return std::unique_ptr<FileAppender>(
      new FileAppender(loop, file, Sharing::Ours, std::move(turns)));
}

std::unique_ptr<FileAppender> FileAppender::over(Loop& loop, int descriptor, Turns turns) {
  return std::unique_ptr<FileAppender>(
      new FileAppender(loop, descriptor, Sharing::Given, std::move(turns)));
}

FileAppender::~FileAppender() {
  flush();
  if (sharing_ == Sharing::Ours) ::close(file_);
}

Result<void, UvError> FileAppender::reopen(const std::string& path) {
  const int file = open_at_end(path);
  if (file < 0) return fail(UvError{uv_translate_sys_error(errno)});
  const int old = std::exchange(file_, file);
  const bool closes_old = std::exchange(sharing_, Sharing::Ours) == Sharing::Ours;
  // A batch belongs to one file: the one that is on its way closes it behind itself. With several
  // calls in between, only the first finds the batch's own file.
  if (writing_ != nullptr && writing_->file == old) {
    writing_->closes_file = closes_old;
  } else if (closes_old) {
    ::close(old);
  }
  is_closed_ = false;
  write_batch();
  return {};
}

void FileAppender::drop_lines(std::uint64_t lines) noexcept {
  if (lines == 0) return;
  dropped_lines_.store(dropped_lines() + lines, std::memory_order_relaxed);
  if (watcher_ != nullptr) watcher_->on_dropped();
}

void FileAppender::keep(std::string written) noexcept {
  // After a disk that was slow for a while it is too large to keep.
  if (written.capacity() > 2 * kGatherBytes) return;
  written.clear();
  spare_ = std::move(written);
}

void FileAppender::flush(Duration longest) noexcept {
  is_closed_ = false;
  write_batch();
  if (writing_ == nullptr) return;
  Timer limit(loop_, turns_.get(),
              [](void* turns) noexcept { static_cast<LineTurns*>(turns)->give_up(); });
  limit.start_once(longest);
  while (writing_ != nullptr) loop_.turn();
}

void FileAppender::finish(Duration longest) noexcept {
  flush(longest);
  drop_lines(lines_in(queued_) + turns_->give_up_rest());
  queued_.clear();
}

std::string* FileAppender::line_buffer() noexcept {
  if (!is_closed_ && queued_.size() < kQueueBytes) return &queued_;
  drop_lines(1);
  return nullptr;
}

void FileAppender::submit() noexcept {
  if (queued_.size() >= kGatherBytes) return write_batch();
  if (!is_waiting_) wait(kGatherTime);
}

void FileAppender::append(std::string_view text) noexcept {
  auto* queue = line_buffer();
  if (queue == nullptr) return;
  queue->append(text);
  write_batch();
}

void FileAppender::wait(Duration time) noexcept {
  is_waiting_ = true;
  timer_.start_once(time);
}

void FileAppender::on_timer() noexcept {
  is_closed_ = false;
  write_batch();
}

void FileAppender::write_batch() noexcept {
  if (std::exchange(is_waiting_, false)) timer_.stop();
  if (writing_ != nullptr || (queued_.empty() && !turns_->owes_rest())) return;
  auto batch = std::make_unique<Batch>();
  batch->work.data = batch.get();
  batch->file = file_;
  batch->sharing = sharing_;
  batch->owner = this;
  batch->turns = turns_;
  batch->bytes.swap(queued_);
  queued_.swap(spare_);
  const int rc = uv_queue_work(
      &loop_.raw(), &batch->work,
      [](uv_work_t* work) {
        auto& self = *static_cast<Batch*>(work->data);
        self.outcome = self.turns->append(self.file, self.sharing, self.bytes);
      },
      [](uv_work_t* work, int) {
        const std::unique_ptr<Batch> done(static_cast<Batch*>(work->data));
        done->owner->on_written(*done);
      });
  if (rc == 0) writing_ = batch.release();
}

void FileAppender::on_written(Batch& batch) noexcept {
  writing_ = nullptr;
  const auto& [done_bytes, error, lost_lines] = batch.outcome;
  const auto lost = lost_lines + lines_in(std::string_view(batch.bytes).substr(done_bytes));
  const bool is_left_behind = batch.file != file_;
  if (batch.closes_file) ::close(batch.file);
  keep(std::move(batch.bytes));
  // The failure of a file that was left behind is not that of the new one.
  if (error.code != 0 && !is_left_behind) return on_failure(error, lost);
  drop_lines(lost);
  if (!is_left_behind && std::exchange(has_failed_, false) && watcher_ != nullptr)
    watcher_->on_written_again();
  // What came meanwhile has waited long enough.
  write_batch();
}

void FileAppender::on_failure(UvError error, std::uint64_t lost_lines) noexcept {
  const bool is_first = !std::exchange(has_failed_, true);
  if (is_first && watcher_ != nullptr) watcher_->on_failing(error);
  drop_lines(lost_lines + lines_in(queued_));
  queued_.clear();
  is_closed_ = true;
  wait(kRetryTime);
}

}  // namespace meshctl::net
