#include "runtime/telemetry/route_table.h"

#include <functional>

#include "runtime/telemetry/route_rules.h"

namespace meshctl::telemetry {

RouteTable::RouteTable() {
  names_[kOther] = "{other}";
  names_[kNotFound] = "{not_found}";
  size_.store(2, std::memory_order_release);
}

RouteTable::Id RouteTable::route_of(std::string_view path, std::uint16_t status) noexcept {
  RouteBuffer buffer;  // left uninitialised: make_route says what it filled
  const auto route = make_route(path, buffer);
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(route));
  std::size_t at = hash % kSlots;
  for (; slots_[at].id != 0; at = (at + 1) % kSlots) {
    if (slots_[at].hash == hash && names_[slots_[at].id] == route) return slots_[at].id;
  }
  if (status == 404) return kNotFound;
  return add(route, slots_[at], hash);
}

RouteTable::Id RouteTable::add(std::string_view route, Slot& slot, std::uint32_t hash) noexcept {
  const auto size = size_.load(std::memory_order_relaxed);
  if (size == kCapacity) return kOther;
  const auto id = static_cast<Id>(size);
  names_[id] = route;
  slot = {hash, id};
  size_.store(size + 1, std::memory_order_release);
  return id;
}

}  // namespace meshctl::telemetry
