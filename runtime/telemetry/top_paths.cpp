#include "runtime/telemetry/top_paths.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <utility>

#include "runtime/telemetry/path_segments.h"

namespace meshctl::telemetry {

TopPaths::TopPaths() {
  buckets_.fill(kNone);
  for (std::size_t i = 0; i < kPlaces; ++i) by_calls_[i] = static_cast<Index>(i);
}

void TopPaths::count(std::string_view path) noexcept {
  const auto key = key_of(path);
  auto index = find(key);
  if (index == kNone) index = take_least(key);
  raise(index);
}

TopPaths::Key TopPaths::key_of(std::string_view path) noexcept {
  std::size_t size = 0;
  while (size < std::min(path.size(), kMostBytes) && path[size] != '?' && path[size] != '#') ++size;
  path = path.substr(0, size);
  Key key;
  key.words_used = (size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  // The last word is compared whole.
  if (size > 0) key.words[key.words_used - 1] = 0;
  if (size > 0) std::memcpy(key.words.data(), path.data(), size);
  key.size = size;
  key.bucket = std::hash<std::string_view>{}(path) % kPlaces;
  return key;
}

TopPaths::Index TopPaths::find(const Key& key) const noexcept {
  for (auto index = buckets_[key.bucket]; index != kNone; index = places_[index].next) {
    const Place& place = places_[index];
    if (place.size.load(std::memory_order_relaxed) != key.size) continue;
    std::size_t same = 0;
    while (same < key.words_used &&
           key.words[same] == place.words[same].load(std::memory_order_relaxed)) {
      ++same;
    }
    if (same == key.words_used) return index;
  }
  return kNone;
}

TopPaths::Index TopPaths::take_least(const Key& key) noexcept {
  const auto used = used_.load(std::memory_order_relaxed);
  const bool is_free = used < kPlaces;
  const auto index = is_free ? static_cast<Index>(used) : by_calls_.back();
  Place& place = places_[index];
  if (is_free) {
    place.rank = index;
  } else {
    unlink(index);
  }
  const auto version = place.version.load(std::memory_order_relaxed);
  place.version.store(version + 1, std::memory_order_relaxed);
  // Each store is a release, so a reader that sees one of them also sees the odd version.
  place.size.store(static_cast<std::uint32_t>(key.size), std::memory_order_release);
  for (std::size_t i = 0; i < key.words_used; ++i) {
    place.words[i].store(key.words[i], std::memory_order_release);
  }
  place.error.set(place.calls.read());
  place.version.store(version + 2, std::memory_order_release);
  place.bucket = static_cast<Index>(key.bucket);
  place.next = std::exchange(buckets_[key.bucket], index);
  if (is_free) used_.store(used + 1, std::memory_order_release);
  return index;
}

void TopPaths::unlink(Index index) noexcept {
  Index* link = &buckets_[places_[index].bucket];
  while (*link != index) link = &places_[*link].next;
  *link = places_[index].next;
}

void TopPaths::raise(Index index) noexcept {
  Place& place = places_[index];
  const auto calls = place.calls.read();
  // The first place with as many calls changes ranks with this one, and the order holds.
  const auto first =
      std::partition_point(by_calls_.begin(), by_calls_.begin() + place.rank,
                           [&](Index other) { return places_[other].calls.read() > calls; });
  std::swap(*first, by_calls_[place.rank]);
  places_[by_calls_[place.rank]].rank = place.rank;
  place.rank = static_cast<Index>(first - by_calls_.begin());
  place.calls.add(1);
}

TopPaths::Reading TopPaths::read() const {
  Reading result;
  const auto used = used_.load(std::memory_order_acquire);
  if (used == kPlaces) result.floor = ~std::uint64_t{0};
  for (std::size_t i = 0; i < used; ++i) {
    const Place& place = places_[i];
    const auto version = place.version.load(std::memory_order_acquire);
    Words words;
    const auto size = place.size.load(std::memory_order_acquire);
    for (std::size_t word = 0; word < words.size(); ++word) {
      words[word] = place.words[word].load(std::memory_order_acquire);
    }
    const auto calls = place.calls.read();
    const auto error = place.error.read();
    result.floor = std::min(result.floor, calls);
    if (version % 2 != 0 || place.version.load(std::memory_order_acquire) != version) continue;
    TopPath& path = result.paths.emplace_back();
    path.path.assign(reinterpret_cast<const char*>(words.data()), size);
    path.calls = calls;
    path.error = std::min(error, calls);
  }
  return result;
}

std::vector<TopPath> merge_top_paths(const std::vector<TopPaths::Reading>& readings,
                                     std::size_t most) {
  std::uint64_t floors = 0;
  std::map<std::string_view, TopPath> all;
  for (const auto& reading : readings) {
    floors += reading.floor;
    for (const TopPath& path : reading.paths) {
      // What it stands above the floor is added: in the end each path has all floors once.
      TopPath& sum = all[path.path];
      sum.calls += path.calls - reading.floor;
      sum.error += path.error - reading.floor;
    }
  }
  std::vector<TopPath> result;
  for (const auto& [path, sum] : all) {
    TopPath& printed = result.emplace_back();
    append_printable_path(printed.path, path);
    printed.calls = sum.calls + floors;
    printed.error = sum.error + floors;
  }
  const auto goes_first = [](const TopPath& a, const TopPath& b) {
    return a.calls != b.calls ? a.calls > b.calls : a.path < b.path;
  };
  std::ranges::sort(result, goes_first);
  result.resize(std::min(result.size(), most));
  return result;
}

}  // namespace meshctl::telemetry
