#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/telemetry/route_template.h"
#include "runtime/telemetry/template_tree.h"
#include "runtime/telemetry/word_tree.h"

namespace meshctl::telemetry {

/// Where routes come from.
enum class RouteSource : std::uint8_t {
  Auto,      ///< templates, then guesses
  Explicit,  ///< templates; all else is `{other}`
  Off,       ///< every call is counted under `{all}`
};

/// What the user says of routes. Immutable.
struct RoutePlan {
  RouteSource source = RouteSource::Auto;
  /// Of two that fit the same paths the first counts.
  std::vector<RouteTemplate> templates;
};

/// The routes of all calls, each with a small number. One table serves all threads, so a path has
/// one route at a time, whichever thread counts it. A route is never renamed and never goes away:
/// what was counted under it stays there.
///
/// Bounded: at most kMaxRoutes, then `{other}`. Guesses leave places for as many routes as there
/// are templates. A 404 makes no guess: unless its route is known already it goes to `{not_found}`,
/// so a scanner cannot fill the table. Any thread may call anything.
class RouteTable {
 public:
  using Id = WordTree::Id;
  static constexpr Id kOther = 0;
  static constexpr Id kNotFound = 1;
  static constexpr std::size_t kMaxRoutes = 200;
  static constexpr std::size_t kCapacity = kMaxRoutes + 2;  ///< with the two shared ones

  explicit RouteTable(const RoutePlan& plan = {});

  /// The route of a call. Takes a lock, and allocates, only when a route is new.
  Id route_of(std::string_view path, std::uint16_t status) noexcept;

  /// Ids below this are named for good.
  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

  /// Printable ASCII; `"` and `\` may be in it. Lives as long as the table.
  std::string_view name(Id id) const noexcept { return names_[id]; }

 private:
  static constexpr Id kNone = WordTree::kNone;

  struct Template {
    std::string name;
    std::atomic<Id> id{kNone};
  };

  Id route_of_template(Template& route) noexcept;
  Id route_of_guess(const PathSegments& path, std::uint16_t status) noexcept;
  [[nodiscard]] Id known_guess(const PathSegments& path) noexcept;
  Id add_guess(const PathSegments& path);
  Id add(std::string name) noexcept;

  const RouteSource source_;
  TemplateTree templates_;
  std::vector<Template> declared_;
  std::size_t most_guesses_;
  WordTree words_;
  std::atomic<Id> asterisk_{kNone};
  std::atomic<Id> authority_{kNone};

  std::mutex adding_;  ///< held to add a route
  std::atomic<std::size_t> guesses_{0};
  std::array<std::string, kCapacity> names_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace meshctl::telemetry
