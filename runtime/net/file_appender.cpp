#include "runtime/net/file_appender.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace meshctl::net {
namespace {

/// Blocking: for the pool's threads. False when the file takes no more.
bool write_all(int file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

/// A write that a pool thread carries out. It works on its own copy of everything, so an appender
/// that goes away in the meantime only has to wait for it.
struct FileAppender::Batch {
  uv_work_t work{};
  int file = -1;
  std::string bytes;
  bool failed = false;
  FileAppender* owner = nullptr;
};

FileAppender::FileAppender(Loop& loop, int file, bool owns_file)
    : loop_(loop),
      file_(file),
      owns_file_(owns_file),
      gathering_(loop, this,
                 [](void* owner) noexcept { static_cast<FileAppender*>(owner)->write_batch(); }) {}

Result<std::unique_ptr<FileAppender>, UvError> FileAppender::open(Loop& loop,
                                                                  const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) return fail(UvError{uv_translate_sys_error(errno)});
  return std::unique_ptr<FileAppender>(new FileAppender(loop, file, true));
}

std::unique_ptr<FileAppender> FileAppender::over(Loop& loop, int descriptor) {
  return std::unique_ptr<FileAppender>(new FileAppender(loop, descriptor, false));
}

FileAppender::~FileAppender() {
  flush();
  if (owns_file_) ::close(file_);
}

void FileAppender::flush() noexcept {
  write_batch();
  while (writing_ != nullptr) loop_.turn();
}

std::string* FileAppender::line_buffer() noexcept {
  if (!failed_ && queued_.size() < kQueueBytes) return &queued_;
  ++dropped_lines_;
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
  batch->bytes.swap(queued_);
  const int rc = uv_queue_work(
      &loop_.raw(), &batch->work,
      [](uv_work_t* work) {
        auto* self = static_cast<Batch*>(work->data);
        self->failed = !write_all(self->file, self->bytes);
      },
      [](uv_work_t* work, int) {
        const std::unique_ptr<Batch> done(static_cast<Batch*>(work->data));
        auto* owner = done->owner;
        owner->writing_ = nullptr;
        owner->failed_ = owner->failed_ || done->failed;
        // What came meanwhile has waited long enough.
        owner->write_batch();
      });
  if (rc == 0) writing_ = batch.release();
}

}  // namespace meshctl::net
