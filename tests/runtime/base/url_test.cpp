#include "runtime/base/url.h"

#include <doctest/doctest.h>

namespace meshctl {
namespace {

TEST_CASE("an http URL is read, and nothing else") {
  struct Row {
    const char* text;
    const char* host;
    int port;
    const char* target;
  };
  const Row rows[] = {
      {"http://localhost:4318", "localhost", 4318, ""},
      {"HTTP://localhost:4318/", "localhost", 4318, "/"},
      {"http://collector/v1/metrics?a=b", "collector", 80, "/v1/metrics?a=b"},
      {"http://10.0.0.1?a=b", "10.0.0.1", 80, "/?a=b"},
      {"http://[::1]:4318/x", "::1", 4318, "/x"},
      {"http://[::1]/x", "::1", 80, "/x"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->endpoint == Endpoint{row.host, static_cast<std::uint16_t>(row.port)});
    CHECK(url->target == row.target);
  }
  const struct {
    const char* text;
    UrlError error;
  } bad[] = {
      {"localhost:4318", UrlError::NoScheme},
      {"https://a", UrlError::Https},
      {"grpc://a", UrlError::OtherScheme},
      {"http://u:p@a", UrlError::Userinfo},
      {"http://a/#b", UrlError::Fragment},
      {"http://a\r\nEvil: b", UrlError::Character},
      {"http://", UrlError::Host},
      {"http:///x", UrlError::Host},
      {"http://:80", UrlError::Host},
      {"http://a:0", UrlError::Host},
      {"http://a:99999", UrlError::Host},
      {"http://a:", UrlError::Host},
      {"http://*:80", UrlError::Host},
  };
  for (const auto& row : bad) {
    CAPTURE(row.text);
    const auto url = parse_url(row.text);
    REQUIRE(!url);
    CHECK(url.error() == row.error);
  }
}

TEST_CASE("a URL is shown without its query") {
  CHECK(parse_url("http://a:1/b?key=secret")->to_string() == "http://a:1/b");
}

}  // namespace
}  // namespace meshctl
