#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/net/uv_error.h"

namespace meshctl::net {

/// Lets several threads append lines to one file, so that each line stands there whole: none inside
/// another, none cut where the file takes no more. Blocking: for the threads of a pool.
class LineTurns {
 public:
  enum class Sharing : std::uint8_t {
    Ours,   ///< we opened the file: what we wrote last may be cut off again
    Given,  ///< it was handed to us, such as standard output, and may be anybody's
  };
  struct Outcome {
    /// How many of the bytes are done with, up to the end of a line. Of a line that is cut in a
    /// file that cannot be cut back, the rest is kept here, and goes first the next time.
    std::size_t done_bytes = 0;
    /// 0: all is written. UV_ETIMEDOUT: it was given up.
    UvError error;
    /// Lines of an earlier call whose rest was kept for a file that is not this one.
    std::uint64_t lost_lines = 0;
  };

  /// Appends `lines`, each with its line end, to `file` when it is the caller's turn. Waits for a
  /// reader that takes nothing until give_up().
  [[nodiscard]] Outcome append(int file, Sharing sharing, std::string_view lines) noexcept;

  /// A line that is cut in its file waits to be completed.
  [[nodiscard]] bool owes_rest() const noexcept { return owes_rest_; }
  /// Gives the line up that is cut in its file: 1 if there is one. Who writes all the same begins a
  /// line of its own.
  [[nodiscard]] std::uint64_t give_up_rest() noexcept;

  /// From now on nobody waits for a reader.
  void give_up() noexcept { gives_up_ = true; }
  [[nodiscard]] bool has_given_up() const noexcept { return gives_up_; }

 private:
  [[nodiscard]] Outcome append_in_turn(int file, Sharing sharing, std::string_view lines) noexcept;
  [[nodiscard]] UvError write_all(int file, bool is_regular,
                                  std::string_view& bytes) const noexcept;
  void keep_rest(std::string_view rest) noexcept;

  std::mutex turn_;
  std::string rest_;
  /// Of the file that was written to last, which rest_ belongs to.
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::atomic<bool> owes_rest_{false};
  std::atomic<bool> gives_up_{false};
};

}  // namespace meshctl::net
