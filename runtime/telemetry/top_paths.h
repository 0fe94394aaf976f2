#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/telemetry/owned_counter.h"

namespace meshctl::telemetry {

/// A path as it was sent, without query, and how often it was called.
struct TopPath {
  std::string path;
  std::uint64_t calls = 0;  ///< at most this many
  std::uint64_t error = 0;  ///< and at least `calls - error`

  friend bool operator==(const TopPath&, const TopPath&) = default;
};

/// Whether a text holds raw paths. They can hold secrets (`/reset/TOKEN`), so they are told to who
/// is at this machine alone: on a terminal, and to callers over loopback (docs/security.md).
enum class RawPaths : std::uint8_t { Withheld, Told };

/// Counts the raw paths that are called most, in kPlaces counters (Metwally, Agrawal, El Abbadi:
/// "Efficient computation of frequent and top-k elements in data streams", 2005: space-saving). A
/// path without a counter takes that of the least called one, with its count. So every path that
/// had more than a kPlaces-th of all calls has a counter, and none counts too much by more than
/// that. One thread counts, any thread reads, without locks. 45 KB.
class TopPaths {
 public:
  static constexpr std::size_t kPlaces = 256;
  /// Longer paths are told apart by their first bytes alone.
  static constexpr std::size_t kMostBytes = 128;

  TopPaths();

  /// The owner's thread only. What follows a `?` or `#` is not looked at.
  void count(std::string_view path) noexcept;

  /// What is counted now, in no order. Any thread; a counter that changes hands meanwhile is left
  /// out. `floor` is what a path that is not among them may have been called at most.
  struct Reading {
    std::vector<TopPath> paths;
    std::uint64_t floor = 0;
  };
  [[nodiscard]] Reading read() const;

 private:
  using Index = std::uint16_t;
  using Words = std::array<std::uint64_t, kMostBytes / sizeof(std::uint64_t)>;
  static constexpr Index kNone = 0xffff;

  struct Key {
    Words words;  ///< the first words_used of them
    std::size_t words_used;
    std::size_t size;
    std::size_t bucket;
  };
  struct Place {
    /// Odd while the text changes: a reader takes it only if the number was even, and the same
    /// before and after.
    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint32_t> size{0};
    std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>> words{};
    OwnedCounter calls;
    OwnedCounter error;
    // The owner's alone.
    Index next = kNone;  ///< of the same bucket
    Index rank = 0;      ///< its place in by_calls_
    Index bucket = 0;
  };

  static Key key_of(std::string_view path) noexcept;
  [[nodiscard]] Index find(const Key& key) const noexcept;
  Index take_least(const Key& key) noexcept;
  void unlink(Index index) noexcept;
  void raise(Index index) noexcept;

  std::array<Place, kPlaces> places_;
  std::array<Index, kPlaces> buckets_;
  std::array<Index, kPlaces> by_calls_;  ///< most calls first
  std::atomic<std::size_t> used_{0};
};

/// The `most` paths called most over all readings, the most called first, then by text; printable
/// ASCII. A path without a counter in one reading may have been called there up to its floor: that
/// goes to both numbers, so they stay bounds.
[[nodiscard]] std::vector<TopPath> merge_top_paths(const std::vector<TopPaths::Reading>& readings,
                                                   std::size_t most);

}  // namespace meshctl::telemetry
