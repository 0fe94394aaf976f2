#include "runtime/telemetry/series_table.h"

#include <doctest/doctest.h>

namespace meshctl::telemetry {
namespace {

TEST_CASE("each label makes a series of its own") {
  SeriesTable table;
  const SeriesKey base{7, Method::Get, 200, CallProtocol::Http11, ErrorType::None};
  SeriesKey route = base, method = base, status = base, protocol = base, error = base;
  route.route = 8;
  method.method = Method::Post;
  status.status = 201;
  protocol.protocol = CallProtocol::Http10;
  error.error = ErrorType::ClientAbort;
  for (const SeriesKey& key : {base, route, method, status, protocol, error}) {
    Series* series = table.find(key);
    REQUIRE(series != nullptr);
    CHECK(series->key == key);
    CHECK(table.find(key) == series);
  }
  CHECK(table.size() == 6);
}

TEST_CASE("a full table loses no call and never passes its cap") {
  SeriesTable table;
  std::uint64_t calls = 0;
  const auto count = [&](const SeriesKey& key) {
    Series* series = table.find(key);
    REQUIRE(series != nullptr);
    REQUIRE(series->key.error == key.error);
    REQUIRE(series->key.status / 100 == key.status / 100);
    series->duration.record(1);
    ++calls;
  };
  for (int error = 0; error < kErrorTypes; ++error) {
    for (std::uint16_t status = 0; status < 1000; ++status) {
      for (const RouteTable::Id route : {RouteTable::Id{5}, RouteTable::Id{6}}) {
        count({route, Method::Get, status, CallProtocol::Http11, static_cast<ErrorType>(error)});
      }
    }
  }
  CHECK(table.size() <= SeriesTable::kCapacity);
  CHECK(table.size() > SeriesTable::kCapacity - SeriesTable::kReserved);
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < table.size(); ++i) counted += table[i].duration.read().count();
  CHECK(counted == calls);
}

TEST_CASE("a full table folds into {other} with the same labels where such a series is there") {
  SeriesTable table;
  const SeriesKey other{RouteTable::kOther, Method::Get, 201, CallProtocol::Http10,
                        ErrorType::None};
  Series* shared = table.find(other);
  for (std::uint16_t status = 0; table.size() < SeriesTable::kCapacity - SeriesTable::kReserved;
       ++status)
    table.find({5, Method::Get, status, CallProtocol::Http11, ErrorType::None});
  SeriesKey late = other;
  late.route = 9;
  CHECK(table.find(late) == shared);
  late.status = 204;
  const SeriesKey coarse{RouteTable::kOther, Method::Other, 200, CallProtocol::Http11,
                         ErrorType::None};
  CHECK(table.find(late)->key == coarse);
}

}  // namespace
}  // namespace meshctl::telemetry
