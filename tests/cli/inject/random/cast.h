#pragma once

#include "tests/cli/inject/random/draft.h"
#include "tests/cli/inject/random/random_source.h"

namespace meshctl::inject {

/// What the objects of one manifest share.
struct Cast {
  RandomSource& random;
  bool is_json = false;      ///< no odd YAML
  bool is_template = false;  ///< `${{PORT}}` is a port, too
  bool by_name = false;      ///< Services go by names only
  int services = 0;          ///< made so far: web0, web1, ...
  int workloads = 0;         ///< made so far

  std::size_t pick(std::size_t count) { return random.pick(count); }
  bool one_in(std::size_t count) { return random.one_in(count); }
};

/// Moves one entry of a map to its front, now and then: `spec` before `metadata`, a name last.
inline Draft stirred(Cast& cast, Draft map) {
  if (cast.one_in(4) && map.entries.size() > 1) {
    const auto moved =
        map.entries.begin() + static_cast<std::ptrdiff_t>(cast.pick(map.entries.size()));
    auto entry = std::move(*moved);
    map.entries.erase(moved);
    map.entries.insert(map.entries.begin(), std::move(entry));
  }
  return map;
}

/// Something where a list or a mapping may be: nothing there, a null, or an empty one.
inline void add_nothing(Cast& cast, Draft& map, std::string_view key, Draft empty) {
  if (cast.one_in(3)) return;
  map.add(key, cast.one_in(2) ? Draft{} : std::move(empty));
}

}  // namespace meshctl::inject
