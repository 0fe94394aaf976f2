#include "runtime/tap/pending_calls.h"

#include <algorithm>
#include <utility>

#include "runtime/base/assert.h"

namespace meshctl::tap {

PendingCall& PendingCalls::add() {
  MESHCTL_ASSERT(!is_full());
  if (count_ == slots_.size()) grow();
  ++count_;
  PendingCall& call = back();
  std::string path = std::move(call.path);  // its memory is kept
  path.clear();
  call = PendingCall{};
  call.path = std::move(path);
  return call;
}

PendingCall& PendingCalls::back() noexcept {
  MESHCTL_ASSERT(count_ > 0);
  return slots_[slot(count_ - 1)];
}

void PendingCalls::pop_front() noexcept {
  MESHCTL_ASSERT(count_ > 0);
  first_ = static_cast<std::uint32_t>(slot(1));
  --count_;
}

void PendingCalls::pop_back() noexcept {
  MESHCTL_ASSERT(count_ > 0);
  --count_;
}

void PendingCalls::grow() {
  // Not std::ranges::rotate: clang 14 cannot compile its subrange.
  std::rotate(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(first_), slots_.end());
  first_ = 0;
  slots_.resize(std::max<std::size_t>(1, slots_.size() * 2));
}

}  // namespace meshctl::tap
