#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace meshctl::telemetry {

/// Counts by name, at rest.
using NameTotals = std::map<std::string, std::uint64_t, std::less<>>;

/// Counts texts that peers choose, such as server names: the first kMostNames have a count of their
/// own, later ones share `{other}`. Texts are kept as they came. Any thread may count and read; the
/// lock is taken once a connection, not once a read of it.
class NamedCounts {
 public:
  /// Chosen: a service has a handful. 64 names of 255 bytes are 16 KB.
  static constexpr std::size_t kMostNames = 64;
  static constexpr std::string_view kOther = "{other}";

  void count(std::string_view name);
  void add_to(NameTotals& totals) const;

 private:
  mutable std::mutex mutex_;
  NameTotals counts_;
};

/// What was counted after `earlier`; names without more are left out.
[[nodiscard]] NameTotals difference(const NameTotals& later, const NameTotals& earlier);

}  // namespace meshctl::telemetry
