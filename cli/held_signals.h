#pragma once

#include <csignal>

namespace meshctl::cli {

/// Holds back the signals that ask the process to end, so that no temporary file stays behind; they
/// are delivered at the end of the scope. For this thread: others must have blocked them.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

  /// Whether one has come meanwhile.
  bool has_come() const;

 private:
  sigset_t held_{};
  sigset_t before_{};
};

}  // namespace meshctl::cli
