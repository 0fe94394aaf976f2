#include "runtime/net/address.h"

#include <doctest/doctest.h>

namespace meshctl::net {
namespace {

TEST_CASE("an endpoint without a host is this machine, the older protocol first") {
  const auto found = resolve({"", 8087});
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK(found->at(0).to_string() == "127.0.0.1:8087");
  CHECK(found->at(1).to_string() == "[::1]:8087");
}

TEST_CASE("literals are themselves, names are looked up, unknown names are an error") {
  CHECK(resolve({"127.0.0.9", 1})->front().to_string() == "127.0.0.9:1");
  CHECK(resolve({"::1", 65535})->front().to_string() == "[::1]:65535");
  CHECK(resolve({"localhost", 80})->front().port() == 80);
  CHECK_FALSE(resolve({"no-such-name.invalid", 80}));
}

TEST_CASE("what is bound to loopback is told from what is not") {
  const auto is_loopback = [](const char* host) {
    return resolve({host, 1})->front().is_loopback();
  };
  CHECK(is_loopback("127.0.0.1"));
  CHECK(is_loopback("127.9.9.9"));
  CHECK(is_loopback("::1"));
  CHECK(is_loopback("::ffff:127.0.0.1"));
  CHECK_FALSE(is_loopback("0.0.0.0"));
  CHECK_FALSE(is_loopback("10.0.0.1"));
  CHECK_FALSE(is_loopback("::"));
}

TEST_CASE("an address leads to a listener at it, or at every interface of this machine") {
  const auto leads = [](const char* to, const char* listener, std::uint16_t port = 1) {
    return resolve({to, 1})->front().leads_to(resolve({listener, port})->front());
  };
  CHECK(leads("127.0.0.1", "127.0.0.1"));
  CHECK(leads("127.0.0.1", "0.0.0.0"));
  CHECK(leads("127.0.0.1", "::"));
  CHECK(leads("::1", "::"));
  CHECK_FALSE(leads("127.0.0.1", "127.0.0.2"));
  CHECK_FALSE(leads("10.0.0.1", "127.0.0.1"));
  CHECK_FALSE(leads("127.0.0.1", "127.0.0.1", 2));
}

TEST_CASE("every interface is asked for in both families first") {
  const auto found = resolve_listen({"*", 14001});
  REQUIRE(found);
  CHECK(found->at(0).to_string() == "[::]:14001");
  CHECK(found->at(1).to_string() == "0.0.0.0:14001");
  CHECK(resolve_listen({"", 14001})->size() == 1);
}

}  // namespace
}  // namespace meshctl::net
