#include "runtime/dashboard/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "runtime/dashboard/packing.h"

namespace meshctl::dashboard {
namespace {

using telemetry::CallTotals;
using telemetry::HistogramBins;
using telemetry::RouteStats;

bool falls(const HistogramBins& now, const HistogramBins& before) {
  if (now.sum_ns < before.sum_ns) return true;
  auto at = now.bins.begin();
  for (const auto& bin : before.bins) {
    while (at != now.bins.end() && at->index < bin.index) ++at;
    if (at == now.bins.end() || at->index != bin.index || at->count < bin.count) return true;
  }
  return false;
}

template <typename Counts>
bool any_falls(const Counts& now, const Counts& before) {
  return !std::ranges::equal(before, now, [](auto a, auto b) { return a <= b; });
}

}  // namespace

std::string_view falling(const CallTotals& now, const CallTotals& before) {
  if (now.calls < before.calls) return "calls";
  if (now.errors < before.errors) return "errors";
  if (now.client_aborts < before.client_aborts) return "client_aborts";
  if (now.request_body_bytes < before.request_body_bytes) return "request_body_bytes";
  if (now.response_body_bytes < before.response_body_bytes) return "response_body_bytes";
  if (any_falls(now.by_class, before.by_class)) return "by_class";
  if (any_falls(now.by_failure, before.by_failure)) return "by_failure";
  if (falls(now.duration, before.duration)) return "duration";
  return {};
}

namespace {

const CallTotals* find(const Push& push, const std::string& route) {
  const auto found = std::ranges::lower_bound(push.routes, route, {}, &RouteStats::route);
  return found != push.routes.end() && found->route == route ? &found->totals : nullptr;
}

/// Why `push` cannot follow `before`; empty if it can.
std::string contradiction(const Push& push, const Push& before) {
  if (push.service != before.service || push.name_space != before.name_space ||
      push.pod != before.pod)
    return "service, namespace or pod are others than this instance had";
  for (const auto& old : before.routes) {
    const auto* totals = find(push, old.route);
    if (totals == nullptr) return fmt::format("the route '{}' is missing", old.route);
    if (const auto what = falling(*totals, old.totals); !what.empty())
      return fmt::format("{} of the route '{}' fell", what, old.route);
  }
  return {};
}

Push whole(const Instance& instance) {
  return unpack_push(instance.packed).value();
}

bool is_nothing(const CallTotals& usage) {
  return usage.calls == 0 && usage.errors == 0 && usage.client_aborts == 0 &&
         usage.request_body_bytes == 0 && usage.response_body_bytes == 0;
}

}  // namespace

void Minute::clear(Place& place) {
  bins_ -= place.slot.usage.duration.bins.size();
  place = {};
}

void Minute::add(std::int64_t number, const Slot& slot, bool later) {
  auto& place = places_[static_cast<std::size_t>(number) % kSlots];
  if (place.number != number) clear(place);
  place.number = number;
  bins_ -= place.slot.usage.duration.bins.size();
  place.slot.merge(slot, later);
  bins_ += place.slot.usage.duration.bins.size();
}

void Minute::drop_before(std::int64_t number) {
  for (auto& place : places_) {
    if (place.number >= 0 && place.number < number) clear(place);
  }
}

const Slot* Minute::find(std::int64_t number) const noexcept {
  const auto& place = places_[static_cast<std::size_t>(number) % kSlots];
  return place.number == number ? &place.slot : nullptr;
}

Presence Board::presence(const Instance& instance, Millis now) const noexcept {
  // In the future if the clock was put back since: who is alive pushes again in two seconds.
  const auto silence = std::abs(now - instance.received);
  if (instance.last.is_final || silence > kStaleFor) return Presence::Gone;
  return silence > pace_.live_for ? Presence::Stale : Presence::Live;
}

Row& Board::row(const Subject& subject) {
  const auto [found, is_new] = rows_.try_emplace(subject);
  if (is_new && !subject.route.empty()) ++route_rows_;
  return found->second;
}

Subject Board::route_subject(const Push& push, const std::string& route) const {
  Subject subject{push.name_space, push.service, {}, route};
  if (route_rows_ >= kMostRoutesInAll && !rows_.contains(subject)) subject.route = "{other}";
  return subject;
}

void Board::add(const Subject& subject, const Slot& slot, Millis now, bool is_timed) {
  auto& row = this->row(subject);
  row.totals.merge(slot.usage);
  if (!is_timed) return;
  const auto number = now / kSlotMillis;
  if (number + static_cast<std::int64_t>(Minute::kSlots) <= newest_) begin_anew();
  newest_ = std::max(newest_, number);
  // Before what it was if the clock was put back a little since.
  if (row.minute_began == 0 || now < row.minute_began) row.minute_began = now;
  // Pods push at their own times: each adds its part to its service's slot.
  bins_ -= row.minute.bins();
  row.minute.add(number, slot, !subject.is_service());
  bins_ += row.minute.bins();
  changed_slots_.emplace(subject, number);
}

void Board::begin_anew() {
  for (auto& [subject, row] : rows_) {
    row.minute = {};
    row.minute_began = 0;
  }
  bins_ = 0;
  newest_ = -1;
  changed_slots_.clear();
  begins_anew_ = true;
}

void Board::add_all(const Push& push, const Push* before, Millis now, bool is_timed) {
  Slot sum;
  for (const auto& route : push.routes) {
    const auto* old = before == nullptr ? nullptr : find(*before, route.route);
    Slot slot;
    slot.usage = old == nullptr ? route.totals : route.totals.since(*old);
    sum.usage.merge(slot.usage);
    const bool is_known = rows_.contains({push.name_space, push.service, {}, route.route});
    if (!is_nothing(slot.usage) || !is_known)
      add(route_subject(push, route.route), slot, now, is_timed);
  }
  sum.set_machine(push.node, before == nullptr ? std::nullopt : before->node);
  add({push.name_space, push.service, push.pod, {}}, sum, now, is_timed);
  add({push.name_space, push.service, {}, {}}, sum, now, is_timed);
}

std::string Board::lack_of_room(const std::string& name, std::size_t more, Millis now) {
  const auto needs = [&] {
    const auto found = instances_.find(name);
    const auto old = found == instances_.end() ? 0 : found->second.packed.size();
    return bytes_ - old + more;
  };
  const auto is_too_many = [&] {
    return instances_.size() >= pace_.most_instances && !instances_.contains(name);
  };
  while ((needs() > kMostBytes || is_too_many()) && make_room(now)) continue;
  if (needs() > kMostBytes) {
    return fmt::format("this dashboard already holds {} MB of proxies' figures",
                       kMostBytes / 1024 / 1024);
  }
  if (is_too_many())
    return fmt::format("this dashboard already hears of {} proxies", pace_.most_instances);
  if (bins_ > kMostBins)
    return "this dashboard holds as many durations of the last minute as it can";
  return {};
}

Result<bool, Refused> Board::take(Push push, Millis now) {
  auto packed = pack(push);
  if (auto words = lack_of_room(push.instance, packed.size(), now); !words.empty())
    return fail(Refused{PushRefusal::Full, std::move(words)});
  const auto found = instances_.find(push.instance);
  if (found == instances_.end()) {
    add_all(push, nullptr, now, std::cmp_less_equal(push.uptime_ms, pace_.longest_gap));
    changed_instances_.insert(push.instance);
    auto& instance = instances_[push.instance];
    keep(instance, std::move(push), std::move(packed), now);
    return true;
  }
  auto& instance = found->second;
  if (push.sequence <= instance.last.sequence) return false;
  const auto before = whole(instance);
  if (auto words = contradiction(push, before); !words.empty())
    return fail(Refused{PushRefusal::Contradiction, std::move(words)});
  add_all(push, &before, now, now - instance.received <= pace_.longest_gap);
  changed_instances_.insert(push.instance);
  keep(instance, std::move(push), std::move(packed), now);
  return true;
}

void Board::keep(Instance& place, Push push, std::string packed, Millis received) {
  bytes_ += packed.size() - place.packed.size();  // modulo 2^64, and right in the sum
  push.routes = {};
  place = {std::move(push), received, std::move(packed)};
}

void Board::restore(Push push, Millis received) {
  add_all(push, nullptr, received, false);
  auto packed = pack(push);
  auto& instance = instances_[push.instance];
  keep(instance, std::move(push), std::move(packed), received);
}

void Board::replace(Push push, Millis now) {
  changed_instances_.insert(push.instance);
  auto packed = pack(push);
  auto& instance = instances_[push.instance];
  keep(instance, std::move(push), std::move(packed), now);
}

bool Board::make_room(Millis now) {
  std::vector<std::pair<Millis, std::string>> gone;
  for (const auto& [name, instance] : instances_) {
    if (presence(instance, now) == Presence::Gone) gone.emplace_back(instance.received, name);
  }
  if (gone.empty()) return false;
  // A tenth at a time, those that are gone for longest: all rows are added up anew.
  std::ranges::sort(gone);
  gone.resize(std::min(gone.size(), pace_.most_instances / 10));
  std::vector<std::string> names;
  for (auto& [received, name] : gone) names.push_back(std::move(name));
  forget(names);
  return true;
}

void Board::forget(Millis before) {
  std::vector<std::string> gone;
  for (const auto& [name, instance] : instances_) {
    if (instance.received < before) gone.push_back(name);
  }
  if (!gone.empty()) forget(gone);
}

void Board::forget(const std::vector<std::string>& gone) {
  for (const auto& name : gone) instances_.erase(name);
  // Totals cannot be taken apart, for the least and the greatest of a histogram: added up anew.
  bytes_ = 0;
  bins_ = 0;
  auto left = std::exchange(instances_, {});
  auto old = std::exchange(rows_, {});
  route_rows_ = 0;
  for (const auto& [name, instance] : left) restore(whole(instance), instance.received);
  for (auto& [subject, row] : rows_) {
    const auto found = old.find(subject);
    if (found == old.end()) continue;
    row.minute = std::move(found->second.minute);
    bins_ += row.minute.bins();
    row.minute_began = found->second.minute_began;
  }
  forgotten_.insert(gone.begin(), gone.end());
}

void Board::drop_old_slots(Millis now) {
  const auto first = now / kSlotMillis - static_cast<std::int64_t>(Minute::kSlots) + 1;
  for (auto& [subject, row] : rows_) {
    bins_ -= row.minute.bins();
    row.minute.drop_before(first);
    bins_ += row.minute.bins();
  }
}

Board::Changes Board::changes() {
  Changes changes;
  for (const auto& name : std::exchange(changed_instances_, {})) {
    const auto found = instances_.find(name);
    if (found != instances_.end()) changes.instances.push_back(found->second);
  }
  for (const auto& [subject, number] : std::exchange(changed_slots_, {})) {
    const auto found = rows_.find(subject);
    if (found == rows_.end()) continue;
    const auto* slot = found->second.minute.find(number);
    if (slot != nullptr) changes.slots.push_back({subject, number, *slot});
  }
  for (const auto& name : std::exchange(forgotten_, {})) {
    // One that came back meanwhile is stored above.
    if (!instances_.contains(name)) changes.forgotten.push_back(name);
  }
  changes.begins_anew = std::exchange(begins_anew_, false);
  return changes;
}

void Board::not_stored(const Changes& changes) {
  for (const auto& instance : changes.instances) changed_instances_.insert(instance.last.instance);
  for (const auto& change : changes.slots) changed_slots_.emplace(change.subject, change.number);
  forgotten_.insert(changes.forgotten.begin(), changes.forgotten.end());
  begins_anew_ = begins_anew_ || changes.begins_anew;
}

}  // namespace meshctl::dashboard
