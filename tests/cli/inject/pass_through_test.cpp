#include "cli/inject/pass_through.h"

#include <doctest/doctest.h>

namespace meshctl::inject {
namespace {

TEST_CASE("variables and arguments are passed on as they are, in their order") {
  Settings settings;
  for (const auto* text : {"B=2", "a.b-c_1=x=y z", "EMPTY=", "MESHCTL_INTERVAL=5s"}) {
    CAPTURE(text);
    CHECK(apply_env(text, settings));
  }
  CHECK(settings.env ==
        std::vector<std::pair<std::string, std::string>>{
            {"B", "2"}, {"a.b-c_1", "x=y z"}, {"EMPTY", ""}, {"MESHCTL_INTERVAL", "5s"}});
  for (const auto* text : {"--drain-delay=2s", "--access-log=/a b", "--admin-host", "x y"}) {
    CAPTURE(text);
    CHECK(apply_arg(text, settings));
  }
  CHECK(settings.args ==
        std::vector<std::string>{"--drain-delay=2s", "--access-log=/a b", "--admin-host", "x y"});
}

struct Row {
  const char* text;
  const char* problem;
  const char* hint;
};

TEST_CASE("a variable that we set, or that would change the ports, is refused") {
  constexpr auto* kName = "letters, digits, `_`, `-` and `.`, and no digit first";
  const Row rows[] = {
      {"A", "'A' has no value", "write it as NAME=VALUE"},
      {"", "'' has no value", "write it as NAME=VALUE"},
      {"=x", "'' is not a name of a variable", kName},
      {"1A=x", "'1A' is not a name of a variable", kName},
      {"A B=x", "'A B' is not a name of a variable", kName},
      {"POD_NAME=x", "POD_NAME is set by `inject`", "it is the name of the pod"},
      {"POD_NAMESPACE=x", "POD_NAMESPACE is set by `inject`", "it is the namespace of the pod"},
      {"MESHCTL_SERVICE=x", "MESHCTL_SERVICE is set by `inject`",
       "it is the pod's label app.kubernetes.io/name or app"},
      {"MESHCTL_DASHBOARD=x", "MESHCTL_DASHBOARD is set by `inject`", "use --dashboard"},
      {"MESHCTL_FORWARD=x", "MESHCTL_FORWARD is set by `inject`",
       "the ports are planned: say what they are with --upstream"},
      {"MESHCTL_UPSTREAM=x", "MESHCTL_UPSTREAM is set by `inject`",
       "the ports are planned: say what they are with --upstream"},
      {"MESHCTL_LISTEN=x", "MESHCTL_LISTEN is set by `inject`",
       "the ports are planned: see --listen-base"},
      {"MESHCTL_ADMIN=x", "MESHCTL_ADMIN is set by `inject`",
       "the ports are planned: see --admin-port"},
      {"SET=2", "SET is given twice", "give each variable once"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Settings settings;
    REQUIRE(apply_env("SET=1", settings));
    const auto applied = apply_env(row.text, settings);
    REQUIRE_FALSE(applied);
    CHECK(applied.error().problem == row.problem);
    CHECK(applied.error().hint == row.hint);
    CHECK(settings.env.size() == 1);
  }
}

TEST_CASE("an argument that would break the plan is refused, with either kind of value") {
  const Row rows[] = {
      {"", "an argument is empty", "write it as --name=value"},
      {"--forward=*:1=2", "'--forward' is set by `inject`",
       "the ports are planned: say what they are with --upstream"},
      {"--upstream", "'--upstream' is set by `inject`",
       "the ports are planned: say what they are with --upstream"},
      {"--listen 1", "'--listen' is set by `inject`", "the ports are planned: see --listen-base"},
      {"--admin=off", "'--admin' is set by `inject`", "the ports are planned: see --admin-port"},
      {"--", "'--' is set by `inject`", "the sidecar runs no command"},
      {"--drain-delay 2s", "'--drain-delay 2s' is more than one argument",
       "write it as --drain-delay=2s"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Settings settings;
    const auto applied = apply_arg(row.text, settings);
    REQUIRE_FALSE(applied);
    CHECK(applied.error().problem == row.problem);
    CHECK(applied.error().hint == row.hint);
    CHECK(settings.args.empty());
  }
}

}  // namespace
}  // namespace meshctl::inject
