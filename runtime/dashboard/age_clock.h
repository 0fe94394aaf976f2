#pragma once

#include "runtime/base/clock.h"
#include "runtime/dashboard/board.h"

namespace meshctl::dashboard {

/// The wall clock, for what is deleted by its age: a leap ahead is believed only when it has lasted
/// for a while. Else a clock that is wrong for a moment would delete everything.
class AgeClock {
 public:
  /// `wall` is what the wall clock says at `steady`. Must be asked at least once a minute.
  [[nodiscard]] Millis now(Millis wall, Instant steady);

  /// What is more than this within a moment is a leap, of suspended machines too.
  static constexpr Millis kLeap = 60'000;
  /// Chosen: time servers put a clock right within minutes.
  static constexpr Duration kDoubt = std::chrono::minutes(15);

 private:
  Millis last_wall_ = 0;
  Instant last_steady_{};
  Millis doubted_ = 0;  ///< how far it leapt ahead of late
  Instant doubted_since_{};
};

}  // namespace meshctl::dashboard
