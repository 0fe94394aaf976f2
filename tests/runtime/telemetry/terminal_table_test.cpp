#include "runtime/telemetry/terminal_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "tests/runtime/telemetry/calls.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::milliseconds;

/// Columns of a line: code points, none of which is wide here.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

TEST_CASE("the table shows routes, total and connections") {
  Shard shard;
  for (int i = 0; i < 19; ++i) shard.on_call(call("GET", "/users/1", 200, milliseconds(2), 0, 100));
  shard.on_call(call("GET", "/users/1", 500, milliseconds(2), 0, 100));
  shard.on_call(call("POST", "/orders", 201, milliseconds(4), 1500, 0));
  shard.connections().accepted.add(3);
  shard.connections().closed.add(1);
  shard.connections().speaks(ConnectionProtocol::Http1);
  CHECK(terminal_table(snapshot_of(shard), nullptr, {}) ==
        "meshctl 0.1.0  web  web-1  up 10.0 s\n"
        "ROUTE                 CALLS    RPS  ERR%     P50     P95     P99      IN     OUT\n"
        "/users/{id}              20    2.0   5.0 2.00 ms 2.00 ms 2.00 ms     0 B 2.00 kB\n"
        "/orders                   1    0.1   0.0 4.00 ms 4.00 ms 4.00 ms 1.50 kB     0 B\n"
        "TOTAL                    21    2.1   4.8 2.02 ms 2.02 ms 4.00 ms 1.50 kB 2.00 kB\n"
        "connections  open 2  accepted 3  active calls 0  in 0 B  out 0 B\n"
        "protocols  http1 1\n");
}

TEST_CASE("no line passes the width that was told") {
  Shard shard;
  const std::string long_path =
      "/organisations/departments/employees/addresses/international/details";
  for (std::size_t i = 0; i < 30; ++i)
    shard.on_call(call("GET", long_path + (i % 2 == 0 ? "/a/" : "/b/") + word(i % 26 / 2), 200));
  for (int error = 1; error < kErrorTypes; ++error) {
    shard.on_call(failed_call(long_path, 502, static_cast<ErrorType>(error)));
    shard.connections().connect_failed(static_cast<ErrorType>(error));
  }
  for (int i = 0; i < kConnectionProtocols; ++i)
    shard.connections().speaks(static_cast<ConnectionProtocol>(i));
  for (std::uint16_t status = 300; status < 330; ++status) shard.on_call(call("GET", "/", status));
  RateHistory history;
  for (int i = 1; i <= 100; ++i)
    history.add(std::chrono::seconds(i), static_cast<std::uint64_t>(12345 * i));
  const auto snapshot = snapshot_of(shard);
  for (std::size_t width = 1; width <= 200; ++width) {
    const auto limit = std::max<std::size_t>(width, 24);
    const TableStyle style{.columns = width, .keys = true, .max_paths = 5};
    std::istringstream lines(final_summary(snapshot, style) +
                             terminal_table(snapshot, nullptr, style, &history));
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      REQUIRE(columns(line) <= limit);
      widest = std::max(widest, columns(line));
    }
    CHECK(widest == limit);
  }
  const auto narrow = terminal_table(snapshot_of(shard), nullptr, {});
  CHECK(narrow.find("/organisations/depa…") != std::string::npos);
  CHECK(narrow.find("(13 more)") != std::string::npos);
}

TEST_CASE("the paths called most stand below the table, in printable ASCII and without query") {
  Shard shard;
  for (int i = 0; i < 3; ++i) shard.on_call(call("GET", "/users/7?token=secret", 200));
  shard.on_call(call("GET", "/\x1b[31m", 200));
  shard.on_call(call("GET", "/z", 200));
  const auto table = terminal_table(snapshot_of(shard), nullptr, {.max_paths = 2});
  CHECK(
      table.ends_with("top paths\n"
                      "       3  /users/7\n"
                      "       1  /%1B[31m\n"));
  CHECK(terminal_table(snapshot_of(shard), nullptr, {}).find("top paths") == std::string::npos);
  for (int i = 0; i < 300; ++i) shard.on_call(call("GET", "/n/" + std::to_string(i), 200));
  const auto full = terminal_table(snapshot_of(shard), nullptr, {.max_paths = 1});
  CHECK(full.ends_with("top paths\n       3  /users/7\n"));
  for (int i = 0; i < 300; ++i) shard.on_call(call("GET", "/m/" + std::to_string(i), 200));
  // What may be off by more than half says nothing.
  CHECK(terminal_table(snapshot_of(shard), nullptr, {.max_paths = 5}).find("top paths") ==
        std::string::npos);
  for (int i = 0; i < 10; ++i) shard.on_call(call("GET", "/late", 200));
  const auto bounded = terminal_table(snapshot_of(shard), nullptr, {.max_paths = 5});
  CHECK(bounded.find("top paths\n   <= 1") != std::string::npos);
  CHECK(bounded.ends_with("  /late\n"));
}

TEST_CASE("the rate is that of the interval, the counts those of the run") {
  Shard shard;
  shard.on_call(call("GET", "/a", 200));
  const auto earlier = snapshot_of(shard, 10);
  for (int i = 0; i < 8; ++i) shard.on_call(call("GET", "/a", 200));
  const auto text = terminal_table(snapshot_of(shard, 12), &earlier, {});
  CHECK(text.find("/a                        9    4.0   0.0") != std::string::npos);
  CHECK(text.find("TOTAL                     9    4.0   0.0") != std::string::npos);
}

TEST_CASE("a rare error is never shown as none") {
  Shard shard;
  for (int i = 0; i < 9'999; ++i) shard.on_call(call("GET", "/a", 200));
  shard.on_call(call("GET", "/a", 500));
  CHECK(terminal_table(snapshot_of(shard), nullptr, {}).find(" <0.1 ") != std::string::npos);
}

TEST_CASE("colour comes only when asked for, and hostile names never reach the terminal") {
  Shard shard;
  shard.on_call(call("GET", "/\x1b[2J", 500));
  auto snapshot = snapshot_of(shard);
  snapshot.identity.pod = "p\x1b[2J\xff";
  const auto plain = terminal_table(snapshot, nullptr, {});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(plain.find("p?[2J?") != std::string::npos);
  const auto red = terminal_table(snapshot, nullptr, {.colour = true});
  CHECK(red.find("\x1b[31m100.0\x1b[0m") != std::string::npos);
}

TEST_CASE("narrow terminals lose columns, the least telling first") {
  Shard shard;
  shard.on_call(call("GET", "/users/1", 200, milliseconds(2), 0, 100));
  const auto head = [&](std::size_t width) {
    std::istringstream lines(terminal_table(snapshot_of(shard), nullptr, {.columns = width}));
    std::string line;
    std::getline(lines, line);
    std::getline(lines, line);
    return line;
  };
  CHECK(head(70) == "ROUTE               CALLS    RPS  ERR%     P50     P95     P99     OUT");
  CHECK(head(50) == "ROUTE           CALLS    RPS  ERR%     P50     P95");
  CHECK(head(40) == "ROUTE         CALLS    RPS  ERR%     P95");
  CHECK(head(24) == "ROUTE        CALLS  ERR%");
  // Wide ones do not tear the numbers from their routes.
  CHECK(head(200) == head(80));
}

TEST_CASE("the table fits the rows that there are, and each part gets its share") {
  Shard shard;
  for (std::size_t i = 0; i < 18; ++i) shard.on_call(call("GET", "/" + word(i), 200));
  shard.on_call(failed_call("/x", 502, ErrorType::UpstreamRefused));
  shard.connections().speaks(ConnectionProtocol::Http1);
  const auto snapshot = snapshot_of(shard);
  for (std::size_t rows = 1; rows <= 40; ++rows) {
    CAPTURE(rows);
    const auto table =
        terminal_table(snapshot, nullptr, {.rows = rows, .keys = true, .max_paths = 5});
    const auto lines = static_cast<std::size_t>(std::ranges::count(table, '\n'));
    CHECK(lines <= std::max<std::size_t>(rows, 8));
    CHECK(lines >= std::min<std::size_t>(rows, 8));
    CHECK(table.find("TOTAL") != std::string::npos);
    // 3 heads, 19 routes, 4 notes, 6 lines of paths
    CHECK((table.find(" more)") == std::string::npos) == (rows >= 32));
    CHECK((table.find("top paths") != std::string::npos) == (rows >= 22));
  }
}

TEST_CASE("routes are sorted by the key that was asked for, and the column says so") {
  Shard shard;
  for (int i = 0; i < 5; ++i) shard.on_call(call("GET", "/often", 200, milliseconds(1), 2, 2));
  for (int i = 0; i < 3; ++i) shard.on_call(call("GET", "/broken", 500, milliseconds(2), 1, 9));
  shard.on_call(call("GET", "/slow", 200, milliseconds(900), 99, 1));
  const auto earlier = snapshot_of(shard, 10);
  shard.on_call(call("GET", "/slow", 200, milliseconds(900), 99, 1));
  const auto order = [&](SortKey key) {
    std::istringstream lines(terminal_table(snapshot_of(shard, 12), &earlier, {.sort = key}));
    std::string result;
    for (std::string line; std::getline(lines, line);) {
      if (line[0] == '/') result += line.substr(1, 1);
    }
    return result;
  };
  CHECK(order(SortKey::Calls) == "obs");
  CHECK(order(SortKey::Rate) == "sob");
  CHECK(order(SortKey::Errors) == "bos");
  CHECK(order(SortKey::P95) == "sbo");
  CHECK(order(SortKey::In) == "sob");
  CHECK(order(SortKey::Out) == "bos");
  CHECK(order(SortKey::Route) == "bos");
  const auto by_errors = terminal_table(snapshot_of(shard), nullptr, {.sort = SortKey::Errors});
  CHECK(by_errors.find(" CALLS    RPS ▾ERR%     P50") != std::string::npos);
  const auto by_route = terminal_table(snapshot_of(shard), nullptr, {.sort = SortKey::Route});
  CHECK(by_route.find("\nROUTE▾                CALLS") != std::string::npos);
}

TEST_CASE("the last minute is a line of bars") {
  Shard shard;
  RateHistory history;
  const auto table = [&] { return terminal_table(snapshot_of(shard), nullptr, {}, &history); };
  CHECK(table().find("calls/s") == std::string::npos);
  history.add(std::chrono::seconds(1), 0);
  history.add(std::chrono::seconds(2), 70);
  history.add(milliseconds(2900), 1000);  // too early to tell
  history.add(std::chrono::seconds(4), 90);
  history.add(std::chrono::seconds(5), 91);
  CHECK(table().find("\ncalls/s  ▁█▂▂  1.0 now, 70.0 at most\n") != std::string::npos);
  for (int i = 6; i < 100; ++i) history.add(std::chrono::seconds(i), 91);
  CHECK(history.per_second().size() == 60);
  CHECK(table().find("▁  0.0 now, 0.0 at most\n") != std::string::npos);
}

TEST_CASE("an interval is one line of keys and values") {
  Shard shard;
  shard.on_call(call("GET", "/a", 200));
  const auto earlier = snapshot_of(shard, 10);
  shard.on_call(call("GET", "/a", 200, milliseconds(3), 7, 9));
  shard.on_call(failed_call("/a", 0, ErrorType::ClientAbort));
  shard.on_active_calls(1);
  const auto line = interval_line(snapshot_of(shard, 11), &earlier);
  CHECK(line ==
        "uptime_seconds=11.000 calls=2 total_calls=3 rps=2.0 errors=0 client_aborts=1 "
        "p50_seconds=0.001007616 p95_seconds=0.002981888 p99_seconds=0.002981888 in_bytes=7 "
        "out_bytes=9 active_calls=1 open_connections=0\n");
  CHECK(interval_line(snapshot_of(shard, 11), nullptr).find("calls=3 total_calls=3") !=
        std::string::npos);
}

TEST_CASE("the summary adds the status codes") {
  Shard shard;
  shard.on_call(call("GET", "/a", 200));
  shard.on_call(failed_call("/a", 0, ErrorType::ClientAbort));
  const auto text = final_summary(snapshot_of(shard), {});
  CHECK(text.find("\nerrors  client_abort 1\n") != std::string::npos);
  CHECK(text.ends_with("\nstatus  none 1  200 1\n"));
}

}  // namespace
}  // namespace meshctl::telemetry
