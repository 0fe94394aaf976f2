#include "runtime/proxy/pipe.h"

#include <utility>

namespace meshctl::proxy {

void Pipe::open_sink() {
  sink_is_open_ = true;
  if (const auto held = std::exchange(held_, {}); !held.empty())
    send(held, std::exchange(holds_urgent_, false), net::Behind::Unknown);
  resume(kSinkConnecting);
  if (state_ == State::Ending && !is_writing_) end_sink();
}

void Pipe::forward(std::string_view bytes, net::Behind behind) {
  if (state_ == State::Discarding) return;
  if (!sink_is_open_) {
    held_.append(bytes);
    holds_urgent_ = source_.is_urgent();
    if (holds_urgent_ || held_.size() >= kMostBeforeConnected) pause(kSinkConnecting);
    return;
  }
  send(bytes, source_.is_urgent(), behind);
}

/// Where the sink does not take all of them now, the urgent byte goes in line with the others.
void Pipe::send(std::string_view bytes, bool is_last_urgent, net::Behind behind) {
  const auto plain = bytes.substr(0, bytes.size() - (is_last_urgent ? 1 : 0));
  auto written = sink_.try_write(plain, behind);
  if (is_last_urgent && written && *written == plain.size()) {
    const auto last = sink_.try_write_urgent(bytes.back());
    written = last ? *written + *last : last;
  }
  if (!written) return discard(written.error());
  if (*written == bytes.size()) return;
  const auto begun = sink_.write_rest(std::string(bytes.substr(*written)));
  if (!begun) return discard(begun.error());
  is_writing_ = true;
  pause(kSinkFull);
}

void Pipe::on_written(Result<void, net::UvError> result) noexcept {
  is_writing_ = false;
  if (!result) return discard(result.error());
  resume(kSinkFull);
  if (state_ == State::Ending) end_sink();
}

void Pipe::on_source_end() noexcept {
  source_ended_ = true;
  if (state_ != State::Flowing) return;
  state_ = State::Ending;
  if (sink_is_open_ && !is_writing_) end_sink();
}

void Pipe::discard(net::UvError sink_failure) noexcept {
  state_ = State::Discarding;
  sink_failure_ = sink_failure;
  held_ = {};
  resume(kSinkConnecting);
  resume(kSinkFull);
}

bool Pipe::is_over() const noexcept {
  return state_ == State::Ended || (state_ == State::Discarding && source_ended_);
}

void Pipe::pause(Pause reason) noexcept {
  if (paused_for_ == 0) source_.stop_reading();
  paused_for_ = static_cast<std::uint8_t>(paused_for_ | reason);
}

void Pipe::resume(Pause reason) noexcept {
  if ((paused_for_ & reason) == 0) return;
  paused_for_ = static_cast<std::uint8_t>(paused_for_ & ~reason);
  if (paused_for_ == 0 && !source_ended_) source_.start_reading();
}

void Pipe::end_sink() noexcept {
  state_ = State::Ended;
  sink_.end_writing();
}

}  // namespace meshctl::proxy
