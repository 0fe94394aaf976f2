#include "runtime/dashboard/packing.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/runtime/dashboard/pushes.h"

namespace meshctl::dashboard {
namespace {

TEST_CASE("what is packed comes out again") {
  auto push = push_of(7, 3, "0123456789abcdef", "/a/{id}");
  push.name_space = "default";
  push.is_final = true;
  push.node = {.cpu_busy = Duration{5}, .cpu_total = Duration{9}, .memory_used_bytes = 1};
  push.routes.front().totals.by_failure[0] = std::numeric_limits<std::uint64_t>::max();
  push.routes.front().totals.duration = {
      {{0, 1}, {1055, 300}}, 301, 12345, 1000, 3'600'000'000'000};
  const auto bytes = pack(push);
  const auto again = unpack_push(bytes);
  REQUIRE(again);
  CHECK(pack(*again) == bytes);
  CHECK(again->routes.front().totals.duration == push.routes.front().totals.duration);
  CHECK(again->node->cpu_total == Duration{9});
  CHECK(again->is_final);
}

TEST_CASE("bytes that are cut or changed are never read beyond their end") {
  const auto bytes = pack(push_of(7, 3, "0123456789abcdef"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(unpack_push(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(unpack_push(bytes + "x"));
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    auto changed = bytes;
    changed[place] = '\xFF';
    static_cast<void>(unpack_push(changed));  // the sanitizers watch
    static_cast<void>(unpack_slot(changed));
  }
}

}  // namespace
}  // namespace meshctl::dashboard
