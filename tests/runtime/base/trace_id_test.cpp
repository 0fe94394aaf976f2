#include "runtime/base/trace_id.h"

#include <doctest/doctest.h>

namespace meshctl {
namespace {

TEST_CASE("a traceparent is taken to the letter, or not at all") {
  struct Row {
    const char* value;
    const char* trace;  // "" for none
  };
  constexpr const char* kId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const Row rows[] = {
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", kId},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", kId},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", kId},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", kId},
      {"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", ""},  // not sampled
      {"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""},
      {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", ""},
      {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e473-000f067aa0ba902b7-01", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", ""},
      {"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""},
      {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const auto trace = read_traceparent(row.value);
    CHECK((trace ? to_string(*trace) : "") == row.trace);
  }
}

}  // namespace
}  // namespace meshctl
