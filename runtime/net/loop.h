#pragma once

#include <uv.h>

#include <memory>
#include <span>

namespace meshctl::net {

/// One thread's event loop. Everything that is made on a loop belongs to the thread that runs it,
/// and must be destroyed before the loop.
class Loop {
 public:
  Loop();
  /// Runs the close callbacks that are still due; aborts if a handle was left open (a leak is our
  /// bug).
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop(), or until nothing is left that could happen.
  void run() noexcept;
  /// One turn: waits for at least one event. For tests that step a loop. False: nothing is left.
  bool turn() noexcept;
  /// Makes run() return at the end of the present turn. From the loop's own thread.
  void stop() noexcept;

  /// Where every stream of this loop is read to. One buffer serves all, for libuv allocates, reads
  /// and calls back in one go; its content is valid during that callback only.
  [[nodiscard]] std::span<char> read_buffer() noexcept {
    return {read_buffer_.get(), kReadBufferBytes};
  }

  [[nodiscard]] uv_loop_t& raw() noexcept { return loop_; }

  /// 256 KiB: measured best of 16 KiB to 1 MiB for large bodies; only touched pages count as
  /// memory.
  static constexpr std::size_t kReadBufferBytes = 256 * 1024;

 private:
  uv_loop_t loop_{};
  std::unique_ptr<char[]> read_buffer_;
};

}  // namespace meshctl::net
