#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshctl::telemetry {

/// The routes of one shard, each with a small number. Bounded: at most kMaxRoutes, then `{other}`.
/// A 404 does not make a route: unless its route is known already it goes to `{not_found}`, so a
/// scanner cannot fill the table. One thread looks up and adds, any thread reads names.
class RouteTable {
 public:
  using Id = std::uint16_t;
  static constexpr Id kOther = 0;
  static constexpr Id kNotFound = 1;
  static constexpr std::size_t kMaxRoutes = 200;
  static constexpr std::size_t kCapacity = kMaxRoutes + 2;  ///< with the two shared ones

  RouteTable();

  /// The route of a call. Allocates only when a route is new; the owner's thread only.
  Id route_of(std::string_view path, std::uint16_t status) noexcept;

  /// Ids below this are named for good.
  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  /// Printable ASCII; `"` and `\` may be in it. Lives as long as the table.
  std::string_view name(Id id) const noexcept { return names_[id]; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    Id id = 0;  ///< 0 marks a free slot: `{other}` is never looked up
  };
  /// A power of two above twice kCapacity: probes stay short, and a free slot always ends one.
  static constexpr std::size_t kSlots = 512;

  Id add(std::string_view route, Slot& slot, std::uint32_t hash) noexcept;

  std::array<std::string, kCapacity> names_;
  std::array<Slot, kSlots> slots_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace meshctl::telemetry
