#include "runtime/web/http_exchange.h"

#include <doctest/doctest.h>

namespace meshctl::web {
namespace {

TEST_CASE("our own hosts are literals, localhost and our name; others are refused") {
  struct Row {
    const char* host;
    bool is_own;
  };
  const Row rows[] = {
      {"127.0.0.1:14000", true},
      {"10.1.2.3", true},
      {"[::1]:14000", true},
      {"localhost:14000", true},
      {"LOCALHOST", true},
      {"my-pod:14000", true},
      {"My-Pod", true},
      {"evil.example", false},
      {"localhost.evil.example", false},
      {"127.0.0.1.evil", false},
      {"my-pod.example", false},
      {"1.2.3", false},
      {"", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(is_own_host(row.host, "my-pod") == row.is_own);
  }
  CHECK_FALSE(is_own_host("", ""));
}

TEST_CASE("a host is told in words that no reader obeys, and that end") {
  struct Row {
    std::string host;
    std::string words;
  };
  const Row rows[] = {
      {"proxy.example:14000", "proxy.example"},
      {"[fe80::1%25eth0]:1", "[fe80::1%25eth0]"},
      {"a b\t\x1b[31m'\\", "a\\x20b\\x09\\x1B[31m\\x27\\x5C"},
      {"\xC3\xA9\x7F", "\\xC3\\xA9\\x7F"},
      {std::string(253, 'x'), std::string(253, 'x')},
      {std::string(254, 'x'), std::string(253, 'x') + "..."},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(host_in_words(row.host) == row.words);
  }
}

TEST_CASE("an answer says its length, and to HEAD it says no more") {
  Request request;
  request.method = "GET";
  const Response response{.status = 404, .body = "no\n"};
  CHECK(to_wire(response, request, false) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\nContent-Length: 3\r\n"
        "Cache-Control: no-store\r\n\r\nno\n");
  request.method = "HEAD";
  CHECK(to_wire(response, request, true) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\nContent-Length: 3\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a path is the target without its query") {
  Request request;
  request.target = "/metrics?name=x";
  CHECK(request.path() == "/metrics");
  request.target = "/";
  CHECK(request.path() == "/");
}

TEST_CASE("what a page of another site sends is told from what our own page or a program sends") {
  struct Row {
    const char* origin;
    const char* fetch_site;
    bool is_cross;
  };
  const Row rows[] = {
      {"", "", false},
      {"", "none", false},
      {"http://localhost:14000", "same-origin", false},
      {"http://LOCALHOST:14000", "", false},
      {"http://localhost:14001", "", true},
      {"https://localhost:14000", "", true},
      {"http://evil.example", "", true},
      {"null", "", true},
      {"http://localhost:14000", "cross-site", true},
      {"", "same-site", true},
  };
  Request request;
  request.host = "localhost:14000";
  for (const Row& row : rows) {
    CAPTURE(row.origin);
    CAPTURE(row.fetch_site);
    request.origin = row.origin;
    request.fetch_site = row.fetch_site;
    CHECK(is_cross_origin(request) == row.is_cross);
  }
}

}  // namespace
}  // namespace meshctl::web
