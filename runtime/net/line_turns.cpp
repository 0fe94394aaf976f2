#include "runtime/net/line_turns.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <climits>

namespace meshctl::net {
namespace {

/// How often a wait for a reader looks whether it is to go on.
constexpr int kLookMillis = 50;
/// How often a wait for the turn does: most turns are shorter.
constexpr int kTurnLookMillis = 1;

/// What a pipe that has room takes whole and without waiting (pipe(7)): whole lines, if it can be.
std::string_view part_for_pipe(std::string_view bytes) noexcept {
  const auto part = bytes.substr(0, PIPE_BUF);
  const auto end = part.rfind('\n');
  return end == std::string_view::npos ? part : part.substr(0, end + 1);
}

/// Cuts off the last `bytes`, which we have just written, unless somebody else has written behind
/// them.
bool cut_back(int file, std::size_t bytes) noexcept {
  struct stat status {};
  const auto end = ::lseek(file, 0, SEEK_CUR);
  return end >= 0 && ::fstat(file, &status) == 0 && status.st_size == end &&
         ::ftruncate(file, end - static_cast<off_t>(bytes)) == 0;
}

}  // namespace

/// Takes what is written off `bytes`. Why that is not all.
UvError LineTurns::write_all(int file, bool is_regular, std::string_view& bytes) const noexcept {
  while (!bytes.empty()) {
    auto part = bytes;
    if (!is_regular) {
      // Its reader may hold us up for ever: a pipe, a terminal, a socket.
      pollfd room{.fd = file, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, kLookMillis) == 0) {
        if (gives_up_) return {UV_ETIMEDOUT};
        continue;
      }
      part = part_for_pipe(bytes);
    }
    const ssize_t written = ::write(file, part.data(), part.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return {written < 0 ? uv_translate_sys_error(errno) : UV_EIO};
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

LineTurns::Outcome LineTurns::append(int file, Sharing sharing, std::string_view lines) noexcept {
  // Not lock(): whose turn it is may be waiting for a reader that takes nothing.
  while (!turn_.try_lock()) {
    if (gives_up_) return {0, {UV_ETIMEDOUT}, 0};
    ::poll(nullptr, 0, kTurnLookMillis);
  }
  const std::lock_guard turn(turn_, std::adopt_lock);
  return append_in_turn(file, sharing, lines);
}

LineTurns::Outcome LineTurns::append_in_turn(int file, Sharing sharing,
                                             std::string_view lines) noexcept {
  struct stat status {};
  if (::fstat(file, &status) != 0) return {0, {uv_translate_sys_error(errno)}, 0};
  const bool is_regular = S_ISREG(status.st_mode);
  Outcome outcome;
  if (device_ != status.st_dev || inode_ != status.st_ino) {
    outcome.lost_lines = rest_.size() > 1 ? 1 : 0;
    keep_rest({});
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  std::string_view left = rest_;
  outcome.error = write_all(file, is_regular, left);
  keep_rest(left);
  if (outcome.error.code != 0) return outcome;

  left = lines;
  outcome.error = write_all(file, is_regular, left);
  auto done = lines.substr(0, lines.size() - left.size());
  const auto cut = done.size() - (done.rfind('\n') + 1);  // npos + 1 is 0
  outcome.done_bytes = done.size();
  if (outcome.error.code == 0 || cut == 0) return outcome;
  if (is_regular && sharing == Sharing::Ours && cut_back(file, cut)) {
    outcome.done_bytes -= cut;
  } else {
    const auto end = left.find('\n');
    keep_rest(end == std::string_view::npos ? left : left.substr(0, end + 1));
    outcome.done_bytes += rest_.size();
  }
  return outcome;
}

void LineTurns::keep_rest(std::string_view rest) noexcept {
  rest_ = std::string(rest);
  owes_rest_ = !rest_.empty();
}

std::uint64_t LineTurns::give_up_rest() noexcept {
  const std::unique_lock turn(turn_, std::try_to_lock);
  // All but its end is a line; and nobody's turn lasts that long but another's who gives up.
  if (!turn || rest_.size() <= 1) return 0;
  keep_rest("\n");
  return 1;
}

}  // namespace meshctl::net
