#include "runtime/dashboard/age_clock.h"

#include <algorithm>
#include <utility>

namespace meshctl::dashboard {

Millis AgeClock::now(Millis wall, Instant steady) {
  const bool is_first = last_wall_ == 0;
  const auto passed =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady - last_steady_).count();
  const auto leap = wall - std::exchange(last_wall_, wall) - passed;
  last_steady_ = steady;
  if (is_first) return wall;
  if (leap > kLeap) {
    doubted_ += leap;
    doubted_since_ = steady;
  } else if (leap < -kLeap) {
    doubted_ = std::max<Millis>(0, doubted_ + leap);
  }
  if (steady - doubted_since_ >= kDoubt) doubted_ = 0;
  return wall - doubted_;
}

}  // namespace meshctl::dashboard
