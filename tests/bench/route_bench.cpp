// What a route costs a call: `build/<preset>/tests/bench/route_bench`. Prints the median of 9
// rounds for each row; no test, for a busy machine changes the figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <vector>

#include "runtime/telemetry/route_table.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::telemetry {
namespace {

constexpr std::size_t kCalls = 200'000;

double cpu_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Nanoseconds of CPU time a call of `work(i)`, i from 0 on.
template <typename Work>
double cost(Work&& work) {
  std::array<double, 9> rounds{};
  std::size_t i = 0;
  for (double& round : rounds) {
    const double begin = cpu_nanoseconds();
    for (std::size_t n = 0; n < kCalls; ++n) work(i++);
    round = (cpu_nanoseconds() - begin) / static_cast<double>(kCalls);
  }
  std::ranges::sort(rounds);
  return rounds[rounds.size() / 2];
}

/// Paths that were not there before: words at four levels.
std::vector<std::string> distinct_paths() {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 9 * kCalls; ++i) {
    std::string path;
    for (std::size_t level = 0, n = i * 2654435761U; level < 4; ++level) {
      path += '/';
      for (int letter = 0; letter < 6;
           ++letter, n = n * 6364136223846793005U + 1442695040888963407U)
        path += static_cast<char>('a' + (n >> 40) % 26);
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

RoutePlan plan_of(std::size_t templates) {
  RoutePlan plan;
  for (std::size_t i = 0; i < templates; ++i) {
    plan.templates.push_back(
        parse_template(fmt::format("/api/v1/resource{}/{{id}}/orders", i)).value());
  }
  return plan;
}

void print(const char* name, double nanoseconds) {
  fmt::print("{:<48} {:>7.0f} ns a call\n", name, nanoseconds);
}

void run() {
  volatile std::size_t sink = 0;
  const auto lookup = [&sink](RouteTable& table, const std::string& path) {
    return cost([&](std::size_t) { sink = sink + table.route_of(path, 200); });
  };
  RouteTable guesses;
  print("guess /health", lookup(guesses, "/health"));
  print("guess /api/v1/users/4711/orders", lookup(guesses, "/api/v1/users/4711/orders"));
  print("guess, ten levels with a UUID",
        lookup(guesses, "/a/b/c/d/e/f/g/h/i/123e4567-e89b-12d3-a456-426614174000"));
  RouteTable some(plan_of(20));
  print("one of 20 templates", lookup(some, "/api/v1/resource7/4711/orders"));
  RouteTable many(plan_of(500));
  print("one of 500 templates", lookup(many, "/api/v1/resource77/4711/orders"));
  RouteTable off({RouteSource::Off, {}});
  print("--routes off", lookup(off, "/api/v1/users/4711/orders"));

  const auto paths = distinct_paths();
  RouteTable attacked;
  print("guess, every path a new one",
        cost([&](std::size_t i) { sink = sink + attacked.route_of(paths[i], 200); }));
  TopPaths top;
  print("top paths, one path", cost([&](std::size_t) { top.count("/api/v1/users/4711/orders"); }));
  print("top paths, every path a new one", cost([&](std::size_t i) { top.count(paths[i]); }));
  Shard shard;
  CallRecord call;
  call.method = "GET";
  call.path = "/api/v1/users/4711/orders";
  call.status = 200;
  print("all that is counted, one path", cost([&](std::size_t) { shard.on_call(call); }));
  print("all that is counted, every path a new one", cost([&](std::size_t i) {
          call.path = paths[i];
          shard.on_call(call);
        }));
}

}  // namespace
}  // namespace meshctl::telemetry

int main() {
  meshctl::telemetry::run();
}
