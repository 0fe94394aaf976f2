#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/net/stream.h"

namespace meshctl::proxy {

/// One direction of a connection pair: what its source sends goes to its sink, in order, unchanged,
/// at once, an urgent byte (net/urgent.h) as an urgent byte. When the sink takes no more, the
/// source is not read: at most one read (256 KiB) is held, and kMostBeforeConnected while the sink
/// connects.
class Pipe {
 public:
  enum class State : std::uint8_t {
    Flowing,
    Ending,     ///< the source ended; what is held still has to go out
    Ended,      ///< the source ended, and the sink was told
    Discarding  ///< the sink takes no more; the source is read to its end for nothing
  };

  /// Chosen: a request head and more. A source is not stopped for less, since most connects take
  /// less time than that is worth.
  static constexpr std::size_t kMostBeforeConnected = 16 * 1024;

  /// Both streams must outlive the pipe. The sink is not writable until open_sink().
  Pipe(net::Stream& source, net::Stream& sink) noexcept : source_(source), sink_(sink) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// The sink is connected: what came before goes out now.
  void open_sink();
  /// Bytes that the source sent. On a failure of the sink the pipe turns to Discarding. With
  /// OrderlyEnd behind them, on_source_end() must follow at once.
  void forward(std::string_view bytes, net::Behind behind = net::Behind::Unknown);
  /// The sink took what was held, or failed to.
  void on_written(Result<void, net::UvError> result) noexcept;
  /// The source sends no more: passed on when all that is held is out (half-close).
  void on_source_end() noexcept;
  /// Reads the source to its end for nothing.
  void discard() noexcept { discard({}); }

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Nothing more can come through: Ended, or Discarding with the source at its end.
  [[nodiscard]] bool is_over() const noexcept;
  /// What came before the sink was open, from the first byte on.
  [[nodiscard]] std::string_view held() const noexcept { return held_; }
  [[nodiscard]] bool holds_bytes() const noexcept { return is_writing_ || !held_.empty(); }
  /// Why the sink takes no more, where it said so.
  [[nodiscard]] net::UvError sink_failure() const noexcept { return sink_failure_; }

 private:
  /// Why the source is not read. Reading goes on when none is left.
  enum Pause : std::uint8_t { kSinkConnecting = 1, kSinkFull = 2 };

  void discard(net::UvError sink_failure) noexcept;
  void send(std::string_view bytes, bool is_last_urgent, net::Behind behind);
  void pause(Pause reason) noexcept;
  void resume(Pause reason) noexcept;
  void end_sink() noexcept;

  net::Stream& source_;
  net::Stream& sink_;
  /// What came before the sink was connected.
  std::string held_;
  State state_ = State::Flowing;
  net::UvError sink_failure_;
  std::uint8_t paused_for_ = 0;
  bool holds_urgent_ = false;  ///< the last byte of held_ is an urgent one
  bool sink_is_open_ = false;
  bool is_writing_ = false;
  bool source_ended_ = false;
};

}  // namespace meshctl::proxy
