#include "runtime/telemetry/route_table.h"

#include <algorithm>
#include <utility>

namespace meshctl::telemetry {
namespace {

/// With RouteSource::Off, the only route.
constexpr RouteTable::Id kAll = 2;

}  // namespace

// kNone marks a route that has no number yet: `{other}` is never looked up.
static_assert(RouteTable::kOther == WordTree::kNone);
static_assert(WordTree::kMostNodes > RouteTable::kMaxRoutes * (WordTree::kMostLevels + 1));

RouteTable::RouteTable(const RoutePlan& plan)
    : source_(plan.source), declared_(plan.templates.size()) {
  for (std::size_t i = 0; i < plan.templates.size(); ++i) {
    declared_[i].name = plan.templates[i].name;
    static_cast<void>(templates_.add(plan.templates[i], i));
  }
  most_guesses_ = kMaxRoutes - std::min(kMaxRoutes, declared_.size());
  add("{other}");
  add("{not_found}");
  if (source_ == RouteSource::Off) add("{all}");
}

RouteTable::Id RouteTable::route_of(std::string_view path, std::uint16_t status) noexcept {
  if (source_ == RouteSource::Off) return kAll;
  const PathSegments segments(path);
  if (!declared_.empty()) {
    if (const auto found = templates_.match(segments)) return route_of_template(declared_[*found]);
  }
  return source_ == RouteSource::Explicit ? kOther : route_of_guess(segments, status);
}

RouteTable::Id RouteTable::route_of_template(Template& route) noexcept {
  const auto known = route.id.load(std::memory_order_acquire);
  if (known != kNone || size_.load(std::memory_order_relaxed) == kCapacity) return known;
  const std::lock_guard lock(adding_);
  if (route.id.load(std::memory_order_relaxed) == kNone) route.id = add(route.name);
  return route.id;
}

RouteTable::Id RouteTable::route_of_guess(const PathSegments& path, std::uint16_t status) noexcept {
  const auto known = known_guess(path);
  if (known != kNone) return known;
  if (status == 404) return kNotFound;
  if (guesses_.load(std::memory_order_relaxed) == most_guesses_) return kOther;
  const std::lock_guard lock(adding_);
  return add_guess(path);
}

RouteTable::Id RouteTable::known_guess(const PathSegments& path) noexcept {
  switch (path.form()) {
    case PathSegments::Form::Path: return words_.find(path);
    case PathSegments::Form::Asterisk: return asterisk_.load(std::memory_order_acquire);
    case PathSegments::Form::Authority: return authority_.load(std::memory_order_acquire);
  }
  return kNone;
}

RouteTable::Id RouteTable::add_guess(const PathSegments& path) {
  // Another thread may have been faster.
  if (const auto known = known_guess(path); known != kNone) return known;
  if (guesses_ == most_guesses_) return kOther;
  WordTree::Place place{};
  switch (path.form()) {
    case PathSegments::Form::Path: place = words_.add(path); break;
    case PathSegments::Form::Asterisk: place = {&asterisk_, "*"}; break;
    case PathSegments::Form::Authority: place = {&authority_, "{authority}"}; break;
  }
  // The path that collapses a level may have a route there already.
  if (*place.id == kNone) {
    *place.id = add(std::move(place.name));
    ++guesses_;
  }
  return *place.id;
}

RouteTable::Id RouteTable::add(std::string name) noexcept {
  const auto size = size_.load(std::memory_order_relaxed);
  if (size == kCapacity) return kOther;
  names_[size] = std::move(name);
  size_.store(size + 1, std::memory_order_release);
  return static_cast<Id>(size);
}

}  // namespace meshctl::telemetry
