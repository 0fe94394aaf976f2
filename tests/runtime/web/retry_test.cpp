#include "runtime/web/retry.h"

#include <doctest/doctest.h>

namespace meshctl::web {
namespace {

using std::chrono::seconds;

TEST_CASE("only what may pass is tried again") {
  for (const int status : {200, 202, 204})
    CHECK(verdict_of(static_cast<std::uint16_t>(status)) == Verdict::Delivered);
  for (const int status : {429, 502, 503, 504})
    CHECK(verdict_of(static_cast<std::uint16_t>(status)) == Verdict::Retry);
  for (const int status : {301, 400, 401, 404, 408, 413, 500, 501, 505})
    CHECK(verdict_of(static_cast<std::uint16_t>(status)) == Verdict::Drop);
}

TEST_CASE("Retry-After is seconds or a date, and bounded") {
  const std::chrono::system_clock::time_point now{seconds(784111777)};  // 08:49:37
  struct Row {
    const char* header;
    int wait_s;  // -1 for none
  };
  const Row rows[] = {
      {"0", 0},
      {"7", 7},
      {"7 ", 7},
      {"600", 600},
      {"601", 600},
      {"99999999999999999999999", 600},
      {"Sun, 06 Nov 1994 08:49:40 GMT", 3},
      {"Sun, 06 Nov 1994 08:49:00 GMT", 0},
      {"Sun, 06 Nov 2094 08:49:00 GMT", 600},
      {"", -1},
      {"-1", -1},
      {"1.5", -1},
      {"soon", -1},
      {"Sun, 06 Nov 1994 08:49:40 GMT!", -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    const auto wait = retry_after(row.header, now);
    CHECK((wait ? std::chrono::duration_cast<seconds>(*wait).count() : -1) == row.wait_s);
  }
}

TEST_CASE(
    "waits double up to a minute, their later half by chance, and never below what is asked") {
  Backoff lucky;
  Backoff unlucky;
  for (const int whole : {1, 2, 4, 8, 16, 32, 60, 60}) {
    CHECK(lucky.next(std::nullopt, 0) == Duration{seconds(whole)} / 2);
    const auto late = unlucky.next(std::nullopt, 0.999);
    CHECK(late > seconds(whole) * 9 / 10);
    CHECK(late < seconds(whole));
  }
  lucky.reset();
  CHECK(lucky.next(seconds(30), 0) == seconds(30));
  CHECK(lucky.next(seconds(0), 0) == seconds(1));
}

}  // namespace
}  // namespace meshctl::web
