#include "cli/openapi_paths.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace meshctl::cli {
namespace {

using Names = std::vector<std::string>;

Names names(const std::string& text) {
  const auto read = read_openapi_paths("api.yaml", text);
  if (!read) return {"refused: " + render(read.error())};
  Names result;
  for (const auto& route : *read) result.push_back(route.name);
  return result;
}

std::string refusal(const std::string& text) {
  const auto read = read_openapi_paths("api.yaml", text);
  return read ? "accepted" : render(read.error());
}

const std::string kHead = "openapi: 3.1.0\n";
const std::string kUsers = "paths:\n  /users/{id}:\n    get: {}\n  /users/me: {}\n";

TEST_CASE("paths come in the order of the document, extensions left out") {
  CHECK(names(kHead + kUsers + "  x-internal: {}\n  /a/{b}.{c}/: {}\n") ==
        Names{"/users/{id}", "/users/me", "/a/{b}.{c}/"});
  CHECK(names(R"({"openapi": "3.0.3", "paths": {"/users/{id}": {"get": {}}}})") ==
        Names{"/users/{id}"});
  CHECK(names("\xEF\xBB\xBF" + kHead + "---\n").front().starts_with("refused"));
  CHECK(names(kHead + "paths:\n  /a: &item {get: {}}\n  /b: *item\n") == Names{"/a", "/b"});
}

TEST_CASE("the base path of each server is put before the paths") {
  struct Row {
    const char* name;
    const char* servers;
    Names want;
  };
  const Row rows[] = {
      {"none", "", {"/users/{id}", "/users/me"}},
      {"empty", "servers: []\n", {"/users/{id}", "/users/me"}},
      {"null", "servers:\n", {"/users/{id}", "/users/me"}},
      {"absolute",
       "servers: [{url: 'https://api.example.com/v1'}]\n",
       {"/v1/users/{id}", "/v1/users/me"}},
      {"absolute, no path",
       "servers: [{url: 'https://api.example.com'}]\n",
       {"/users/{id}", "/users/me"}},
      {"slash at its end", "servers: [{url: /v1/}]\n", {"/v1/users/{id}", "/v1/users/me"}},
      {"root", "servers: [{url: /}]\n", {"/users/{id}", "/users/me"}},
      {"relative", "servers: [{url: v1}]\n", {"/v1/users/{id}", "/v1/users/me"}},
      {"relative with dots", "servers: [{url: ./x/../v1}]\n", {"/v1/users/{id}", "/v1/users/me"}},
      {"no scheme", "servers: [{url: //api.example.com/v1}]\n", {"/v1/users/{id}", "/v1/users/me"}},
      {"query", "servers: [{url: '/v1?x=y'}]\n", {"/v1/users/{id}", "/v1/users/me"}},
      {"hosts that differ in name only",
       "servers: [{url: 'http://a/v1'}, {url: 'http://b/v1'}]\n",
       {"/v1/users/{id}", "/v1/users/me"}},
      {"two",
       "servers: [{url: /v1}, {url: /v2}]\n",
       {"/v1/users/{id}", "/v2/users/{id}", "/v1/users/me", "/v2/users/me"}},
      {"variables",
       "servers:\n- url: 'https://{host}/{base}/{base}'\n"
       "  variables: {base: {default: v3}, host: {enum: [a]}}\n",
       {"/v3/v3/users/{id}", "/v3/v3/users/me"}},
      {"a default that has its own name",
       "servers: [{url: '/{a}', variables: {a: {default: '{a}'}}}]\n",
       {"refused: meshctl: error: api.yaml:2:17: the path of this server has a variable without a "
        "default\n    2 | servers: [{url: '/{a}', variables: {a: {default: '{a}'}}}]\n"
        "                        ^\nhint: give it one in the server's `variables`\n"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(names(kHead + row.servers + kUsers) == row.want);
  }
}

TEST_CASE("a path's servers go before the document's, an operation's before its path's") {
  CHECK(names(kHead + "servers: [{url: /v1}]\n"
                      "paths:\n"
                      "  /a:\n"
                      "    get: {}\n"
                      "  /b:\n"
                      "    servers: [{url: /v2}]\n"
                      "    get: {}\n"
                      "    post:\n"
                      "      servers: [{url: /v3}]\n"
                      "  /c:\n"
                      "    get:\n"
                      "      servers: [{url: /v4}]\n") ==
        Names{"/v1/a", "/v2/b", "/v3/b", "/v4/c"});
}

TEST_CASE("Swagger 2 has one base path") {
  CHECK(names("swagger: '2.0'\nbasePath: /v1\n" + kUsers) ==
        Names{"/v1/users/{id}", "/v1/users/me"});
  CHECK(names("swagger: '2.0'\nbasePath: /\n" + kUsers) == Names{"/users/{id}", "/users/me"});
}

TEST_CASE("what is no list of paths is refused with its place") {
  struct Row {
    std::string text;
    const char* want;
  };
  const Row rows[] = {
      {"", "meshctl: error: api.yaml: this is empty; did the command that wrote it fail?\n"},
      {"kind: Pod\n",
       "meshctl: error: api.yaml:1:1: this is no OpenAPI document: it has no `openapi`\n"
       "    1 | kind: Pod\n        ^\n"
       "hint: name the file that begins with `openapi: 3...` or `swagger: \"2.0\"`\n"},
      {"text\n",
       "meshctl: error: api.yaml:1:1: this is no OpenAPI document: it has no `openapi`\n"
       "    1 | text\n        ^\n"
       "hint: name the file that begins with `openapi: 3...` or `swagger: \"2.0\"`\n"},
      {kHead,
       "meshctl: error: api.yaml: this has no `paths`; name the OpenAPI document that lists the "
       "paths of the service\n"},
      {kHead + "paths: {}\n",
       "meshctl: error: api.yaml:2:1: `paths` lists no paths\n    2 | paths: {}\n        ^\n"
       "hint: write each as a key, such as `/users/{id}:`\n"},
      {kHead + "paths: [/a]\n",
       "meshctl: error: api.yaml:2:1: `paths` lists no paths\n    2 | paths: [/a]\n        ^\n"
       "hint: write each as a key, such as `/users/{id}:`\n"},
      {kHead + "paths: {x-a: 1}\n",
       "meshctl: error: api.yaml: `paths` lists no paths; it has extensions only\n"},
      {kHead + "paths:\n  /a: {}\n  users/{id}: {}\n",
       "meshctl: error: api.yaml:4:3: `users/{id}` does not begin with '/'\n"
       "    4 |   users/{id}: {}\n          ^\nhint: write a path such as `/users/{id}`\n"},
      {kHead + "paths:\n  /users/{id: {}\n",
       "meshctl: error: api.yaml:3:3: `/users/{id` has a '{' that is not closed in its segment\n"
       "    3 |   /users/{id: {}\n          ^\nhint: write a path such as `/users/{id}`\n"},
      {kHead + "paths:\n  /users/{id}: {}\n  /users/{name}: {}\n",
       "meshctl: error: api.yaml:4:3: `/users/{name}` fits the same paths as `/users/{id}` in line "
       "3\n    4 |   /users/{name}: {}\n          ^\n"
       "hint: keep one of them; what a parameter is called makes no difference\n"},
      {kHead + "paths:\n  /a: {}\n  /a: {}\n",
       "meshctl: error: api.yaml:4:3: `/a` fits the same paths as `/a` in line 3\n"
       "    4 |   /a: {}\n          ^\n"
       "hint: keep one of them; what a parameter is called makes no difference\n"},
      {kHead + "servers: /v1\npaths: {/a: {}}\n",
       "meshctl: error: api.yaml:2:10: `servers` is no list\n    2 | servers: /v1\n"
       "                 ^\nhint: write one `- url: ...` a server\n"},
      {kHead + "servers: [{description: x}]\npaths: {/a: {}}\n",
       "meshctl: error: api.yaml:2:11: this server has no `url`\n"
       "    2 | servers: [{description: x}]\n                  ^\n"
       "hint: write it as in `- url: /v1`\n"},
      {"swagger: '2.0'\nbasePath: v1\npaths: {/a: {}}\n",
       "meshctl: error: api.yaml:2:11: `basePath` does not begin with '/'\n"
       "    2 | basePath: v1\n                  ^\nhint: write it as in /v1\n"},
      {kHead + "paths: {/a: {}}\n---\nkind: Pod\n",
       "meshctl: error: api.yaml:4:1: a second document begins here\n    4 | kind: Pod\n"
       "        ^\nhint: an OpenAPI description is one document\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(refusal(row.text) == row.want);
  }
}

TEST_CASE("a document that does not parse is refused with its place") {
  CHECK(refusal(kHead + "paths:\n  /a: \"x\n").starts_with("meshctl: error: api.yaml:3:"));
  CHECK(refusal("{\"openapi\": \"3.0.0\", }").starts_with("meshctl: error: api.yaml:1:"));
}

}  // namespace
}  // namespace meshctl::cli
