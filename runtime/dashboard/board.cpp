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

/// What of `now` is below `before`; empty if nothing is.
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

std::uint64_t rise(Duration now, Duration before) {
  return now > before ? static_cast<std::uint64_t>((now - before).count()) : 0;
}

}  // namespace

Slot& Minute::at(std::int64_t number) {
  auto& place = places_[static_cast<std::size_t>(number) % kSlots];
  if (place.number != number) place = {number, {}};
  return place.slot;
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

Row& Board::row(const Subject& subject, Millis now) {
  const auto [found, is_new] = rows_.try_emplace(subject);
  if (is_new) {
    found->second.first_seen = now;
    if (!subject.route.empty()) ++route_rows_;
  }
  return found->second;
}

Subject Board::route_subject(const Push& push, const std::string& route) const {
  Subject subject{push.name_space, push.service, {}, route};
  if (route_rows_ >= kMostRoutesInAll && !rows_.contains(subject)) subject.route = "{other}";
  return subject;
}

void Board::add(const Subject& subject, const Slot& slot, Millis now, bool is_timed) {
  auto& row = this->row(subject, now);
  row.totals.merge(slot.usage);
  row.last_seen = std::max(row.last_seen, now);
  if (!is_timed) return;
  const auto number = now / kSlotMillis;
  // Pods push at their own times: each adds its part to its service's slot.
  row.minute.at(number).merge(slot, !subject.is_service());
  changed_slots_.emplace(subject, number);
}

void Board::add_all(const Push& push, const Push* before, Millis now, bool is_timed) {
  Slot sum;
  for (const auto& route : push.routes) {
    const auto* old = before == nullptr ? nullptr : find(*before, route.route);
    Slot slot;
    slot.usage = old == nullptr ? route.totals : route.totals.since(*old);
    sum.usage.merge(slot.usage);
    const bool is_known = rows_.contains({push.name_space, push.service, {}, route.route});
    if (slot.usage.calls != 0 || !is_known)
      add(route_subject(push, route.route), slot, now, is_timed);
  }
  if (push.node) {
    sum.memory_bytes = push.node->memory_used_bytes;
    sum.machines = 1;
    if (before != nullptr && before->node) {
      sum.cpu_busy_ns = rise(push.node->cpu_busy, before->node->cpu_busy);
      sum.cpu_total_ns = rise(push.node->cpu_total, before->node->cpu_total);
    }
  }
  add({push.name_space, push.service, push.pod, {}}, sum, now, is_timed);
  add({push.name_space, push.service, {}, {}}, sum, now, is_timed);
}

Result<bool, Refused> Board::take(Push push, Millis now) {
  const auto found = instances_.find(push.instance);
  auto packed = pack(push);
  const auto old_bytes = found == instances_.end() ? 0 : found->second.packed.size();
  if (bytes_ - old_bytes + packed.size() > kMostBytes) {
    return fail(Refused{PushRefusal::Full,
                        fmt::format("this dashboard already holds {} MB of proxies' figures",
                                    kMostBytes / 1024 / 1024)});
  }
  if (found == instances_.end()) {
    if (instances_.size() >= pace_.most_instances && !make_room(now)) {
      return fail(
          Refused{PushRefusal::Full,
                  fmt::format("this dashboard already hears of {} proxies", pace_.most_instances)});
    }
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
  auto left = std::exchange(instances_, {});
  auto old = std::exchange(rows_, {});
  route_rows_ = 0;
  for (const auto& [name, instance] : left) restore(whole(instance), instance.received);
  for (auto& [subject, row] : rows_) {
    const auto found = old.find(subject);
    if (found == old.end()) continue;
    row.minute = std::move(found->second.minute);
    row.first_seen = found->second.first_seen;
  }
  forgotten_.insert(gone.begin(), gone.end());
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
  return changes;
}

void Board::not_stored(const Changes& changes) {
  for (const auto& instance : changes.instances) changed_instances_.insert(instance.last.instance);
  for (const auto& change : changes.slots) changed_slots_.emplace(change.subject, change.number);
  forgotten_.insert(changes.forgotten.begin(), changes.forgotten.end());
}

}  // namespace meshctl::dashboard
