#include "runtime/net/file_appender.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace meshctl::net {
namespace {

/// How often a wait for a reader looks whether it is to go on.
constexpr int kLookMillis = 50;

/// A reader may hold it up for ever: a pipe, a terminal, a socket.
bool may_block(int file) noexcept {
  struct stat status {};
  return ::fstat(file, &status) == 0 && !S_ISREG(status.st_mode);
}

/// Blocking: for the pool's threads. What is left when the file takes no more, or `gives_up` came
/// while its reader took nothing.
std::string_view write_all(int file, std::string_view bytes,
                           const std::atomic<bool>& gives_up) noexcept {
  const bool waits = may_block(file);
  while (!bytes.empty()) {
    auto part = bytes;
    if (waits) {
      pollfd room{.fd = file, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, kLookMillis) == 0) {
        if (gives_up) return bytes;
        continue;
      }
      // What a pipe that has room takes without waiting (pipe(7)).
      part = bytes.substr(0, PIPE_BUF);
    }
    const ssize_t written = ::write(file, part.data(), part.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return bytes;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return bytes;
}

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
  bool closes_file = false;  ///< its owner has gone on in another file
  std::string bytes;
  std::uint64_t lost_lines = 0;
  bool failed = false;
  Turns turns;
  FileAppender* owner = nullptr;
};

FileAppender::FileAppender(Loop& loop, int file, bool owns_file, Turns turns)
    : loop_(loop),
      file_(file),
      owns_file_(owns_file),
      turns_(std::move(turns)),
      gathering_(loop, this,
                 [](void* owner) noexcept { static_cast<FileAppender*>(owner)->write_batch(); }) {}

Result<std::unique_ptr<FileAppender>, UvError> FileAppender::open(Loop& loop,
                                                                  const std::string& path,
                                                                  Turns turns) {
  const int file = open_at_end(path);
  if (file < 0) return fail(UvError{uv_translate_sys_error(errno)});
  return std::unique_ptr<FileAppender>(new FileAppender(loop, file, true, std::move(turns)));
}

std::unique_ptr<FileAppender> FileAppender::over(Loop& loop, int descriptor, Turns turns) {
  return std::unique_ptr<FileAppender>(new FileAppender(loop, descriptor, false, std::move(turns)));
}

FileAppender::~FileAppender() {
  flush();
  if (owns_file_) ::close(file_);
}

Result<void, UvError> FileAppender::reopen(const std::string& path) {
  const int file = open_at_end(path);
  if (file < 0) return fail(UvError{uv_translate_sys_error(errno)});
  const int old = std::exchange(file_, file);
  const bool owns_old = std::exchange(owns_file_, true);
  // A batch belongs to one file: the one that is on its way closes it behind itself. With several
  // calls in between, only the first finds the batch's own file.
  if (writing_ != nullptr && writing_->file == old) {
    writing_->closes_file = owns_old;
  } else if (owns_old) {
    ::close(old);
  }
  failed_ = false;
  write_batch();
  return {};
}

void FileAppender::drop_lines(std::uint64_t lines) noexcept {
  dropped_lines_.store(dropped_lines() + lines, std::memory_order_relaxed);
}

void FileAppender::give_up() noexcept {
  failed_ = true;
  drop_lines(lines_in(queued_));
  queued_.clear();
}

void FileAppender::keep(std::string written) noexcept {
  // After a disk that was slow for a while it is too large to keep.
  if (written.capacity() > 2 * kGatherBytes) return;
  written.clear();
  spare_ = std::move(written);
}

void FileAppender::flush() noexcept {
  write_batch();
  if (writing_ == nullptr) return;
  Timer longest(loop_, this,
                [](void* owner) noexcept { static_cast<FileAppender*>(owner)->gives_up_ = true; });
  longest.start_once(kLongestFlush);
  while (writing_ != nullptr) loop_.turn();
}

std::string* FileAppender::line_buffer() noexcept {
  if (!failed_ && queued_.size() < kQueueBytes) return &queued_;
  drop_lines(1);
  return nullptr;
}

void FileAppender::submit() noexcept {
  if (queued_.size() >= kGatherBytes) return write_batch();
  if (!std::exchange(is_gathering_, true)) gathering_.start_once(kGatherTime);
}

void FileAppender::append(std::string_view text) noexcept {
  auto* queue = line_buffer();
  if (queue == nullptr) return;
  queue->append(text);
  write_batch();
}

void FileAppender::write_batch() noexcept {
  if (writing_ != nullptr || queued_.empty() || failed_) return;
  if (std::exchange(is_gathering_, false)) gathering_.stop();
  auto batch = std::make_unique<Batch>();
  batch->work.data = batch.get();
  batch->file = file_;
  batch->owner = this;
  batch->turns = turns_;
  batch->bytes.swap(queued_);
  queued_.swap(spare_);
  const int rc = uv_queue_work(
      &loop_.raw(), &batch->work,
      [](uv_work_t* work) {
        auto* self = static_cast<Batch*>(work->data);
        std::unique_lock<std::mutex> turn;
        if (self->turns) turn = std::unique_lock(*self->turns);
        const auto left = write_all(self->file, self->bytes, self->owner->gives_up_);
        self->failed = !left.empty();
        self->lost_lines = lines_in(left);
      },
      [](uv_work_t* work, int) {
        const std::unique_ptr<Batch> done(static_cast<Batch*>(work->data));
        auto* owner = done->owner;
        owner->writing_ = nullptr;
        owner->drop_lines(done->lost_lines);
        if (done->closes_file) ::close(done->file);
        owner->keep(std::move(done->bytes));
        // The failure of a file that was left behind is not that of the new one.
        if (done->failed && done->file == owner->file_) owner->give_up();
        // What came meanwhile has waited long enough.
        owner->write_batch();
      });
  if (rc == 0) writing_ = batch.release();
}

}  // namespace meshctl::net
