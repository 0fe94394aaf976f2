#include "cli/inject/settings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

namespace meshctl::inject {
namespace {

Result<void, BadValue> apply(std::string_view name, std::string_view text, Settings& settings) {
  const auto specs = setting_specs();
  const auto spec = std::ranges::find(specs, name, &SettingSpec::name);
  REQUIRE(spec != specs.end());
  return spec->apply(text, settings);
}

TEST_CASE("good values are taken") {
  Settings settings = default_settings("1.2.3");
  CHECK(settings.image == "localhost/meshctl:1.2.3");
  for (const auto& value :
       std::initializer_list<std::pair<const char*, const char*>>{{"image", "r/i:t"},
                                                                  {"upstream", "80,[::1]:65535"},
                                                                  {"listen-base", "1"},
                                                                  {"admin-port", "9"},
                                                                  {"dashboard", "http://d:1"},
                                                                  {"token-secret", "a.b-2/T_k.1"},
                                                                  {"cpu-request", "0.5"},
                                                                  {"memory-request", "1Gi"},
                                                                  {"cpu-limit", "2"},
                                                                  {"memory-limit", "128M"},
                                                                  {"image-pull-policy", "Always"},
                                                                  {"native-sidecar", "never"},
                                                                  {"traffic", "none"}}) {
    CAPTURE(value.first);
    CHECK(apply(value.first, value.second, settings));
  }
  CHECK(settings.image == "r/i:t");
  CHECK(settings.upstream == std::vector<Upstream>{{{80, {}}, ""}, {{65535, {}}, "[::1]"}});
  CHECK(settings.listen_base == 1);
  CHECK(settings.admin_port == 9);
  CHECK(settings.dashboard == "http://d:1");
  CHECK(settings.token_secret == SecretKey{"a.b-2", "T_k.1"});
  CHECK(settings.cpu_request == "0.5");
  CHECK(settings.memory_request == "1Gi");
  CHECK(settings.cpu_limit == "2");
  CHECK(settings.memory_limit == "128M");
  CHECK(settings.image_pull_policy == "Always");
  CHECK(settings.native_sidecar == NativeSidecar::Never);
  CHECK(settings.traffic == Traffic::None);
  CHECK(apply("token-secret", "s", settings));
  CHECK(settings.token_secret == SecretKey{"s", "token"});
  CHECK(apply("native-sidecar", "always", settings));
  CHECK(settings.native_sidecar == NativeSidecar::Always);
  CHECK(apply("native-sidecar", "auto", settings));
  CHECK(settings.native_sidecar == NativeSidecar::Auto);
  CHECK(apply("traffic", "service", settings));
  CHECK(settings.traffic == Traffic::Service);
  CHECK(apply("upstream", "127.0.0.1:80,${PORT}", settings));
  CHECK(settings.upstream == std::vector<Upstream>{{{80, {}}, "127.0.0.1"}, {{0, "PORT"}, ""}});
  CHECK(apply("upstream", "auto", settings));
  CHECK(settings.upstream_auto);
  CHECK(settings.upstream.empty());
}

TEST_CASE("bad values are told in the writer's own words") {
  struct Row {
    std::string name;
    const char* text;
    const char* problem;
  };
  const Row rows[] = {
      {"image", "", "'' is not the name of an image"},
      {"image", "--upstream", "'--upstream' is not the name of an image"},
      {"image", "a b", "'a b' is not the name of an image"},
      {"upstream", "http", "'http' is not a port number"},
      {"upstream", "80,", "'' is not a port number"},
      {"upstream", "80, 90", "' 90' is not a port number"},
      {"upstream", "80,80", "port 80 is named twice"},
      {"upstream", "0", "there is no port 0"},
      {"upstream", "80,127.0.0.1:80", "port 80 is named twice"},
      {"upstream", "[::1]:80,127.0.0.1:80", "port 80 is named twice"},
      {"upstream", "db:80", "'db' is neither an IP literal nor localhost"},
      {"listen-base", "65536", "there is no port 65536"},
      {"admin-port", "99999999999", "there is no port 99999999999"},
      {"admin-port", "-1", "'-1' is not a port number"},
      {"dashboard", "https://x", "'https://x' is https, which the proxy does not speak"},
      {"dashboard", "http://", "'http://' is not the URL of a dashboard"},
      {"dashboard", "x:80", "'x:80' is not the URL of a dashboard"},
      {"token-secret", "", "'' is not the name of a Secret"},
      {"token-secret", "A", "'A' is not the name of a Secret"},
      {"token-secret", "a.-b", "'a.-b' is not the name of a Secret"},
      {"token-secret", "a-.b", "'a-.b' is not the name of a Secret"},
      {"token-secret", "a..b", "'a..b' is not the name of a Secret"},
      {"token-secret", "-a", "'-a' is not the name of a Secret"},
      {"token-secret", "a-", "'a-' is not the name of a Secret"},
      {"token-secret", "a.", "'a.' is not the name of a Secret"},
      {"token-secret", "a/", "'' is not a key of a Secret"},
      {"token-secret", "a/b/c", "'b/c' is not a key of a Secret"},
      {"token-secret", "a/.", "'.' is not a key of a Secret"},
      {"token-secret", "a/..b", "'..b' is not a key of a Secret"},
      {"cpu-request", "10 m", "'10 m' is not a quantity"},
      {"cpu-limit", "m", "'m' is not a quantity"},
      {"memory-request", "1.2.3", "'1.2.3' is not a quantity"},
      {"memory-limit", "64mb", "'64mb' is not a quantity"},
      {"upstream", "${A},${{A}}", "port ${A} is named twice"},
      {"upstream", "0x50", "'0x50' is not a port number"},
      {"image-pull-policy", "always", "'always' is not a pull policy"},
      {"native-sidecar", "yes", "'yes' is none of auto, always, never"},
      {"traffic", "iptables", "'iptables' is neither service nor none"},
      {"env", "A", "'A' has no value"},
      {"arg", "--admin=1", "'--admin' is set by `inject`"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Settings settings = default_settings("1");
    const auto applied = apply(row.name, row.text, settings);
    REQUIRE_FALSE(applied);
    CHECK(applied.error().problem == row.problem);
    CHECK_FALSE(applied.error().hint.empty());
  }
}

const SettingSpec& spec_of(std::string_view name) {
  return *std::ranges::find(setting_specs(), name, &SettingSpec::name);
}

TEST_CASE(
    "an annotation holds a repeatable setting's values, a line each, in place of the flags'") {
  Settings settings = default_settings("1");
  REQUIRE(apply("env", "A=flag", settings));
  REQUIRE(apply("env", "B=flag", settings));
  REQUIRE(apply("arg", "--interval=1s", settings));
  CHECK(apply_annotation(spec_of("env"), "B=1\r\n\nC=2\n", settings));
  CHECK(settings.env == std::vector<std::pair<std::string, std::string>>{{"B", "1"}, {"C", "2"}});
  CHECK(apply_annotation(spec_of("arg"), "--a=b\n--c", settings));
  CHECK(settings.args == std::vector<std::string>{"--a=b", "--c"});
  CHECK(apply_annotation(spec_of("arg"), "", settings));
  CHECK(settings.args.empty());
  CHECK(apply_annotation(spec_of("image"), "r/i:2", settings));
  CHECK(settings.image == "r/i:2");
  CHECK_FALSE(apply_annotation(spec_of("env"), "A=1\nA=2", settings));
}

TEST_CASE("settings that contradict each other are found") {
  const auto conflict = [](std::initializer_list<std::pair<const char*, const char*>> values) {
    Settings settings = default_settings("1");
    for (const auto& [name, text] : values) REQUIRE(apply(name, text, settings));
    const auto found = find_conflict(settings);
    return found ? found->problem + "; " + found->hint : std::string();
  };
  CHECK(conflict({}).empty());
  CHECK(conflict({{"cpu-request", "1"}}) ==
        "cpu-request 1 is more than cpu-limit 500m; a container cannot ask for more than it may "
        "use");
  CHECK(
      conflict({{"memory-request", "16Mi"}, {"memory-limit", "16M"}}) ==
      "memory-request 16Mi is more than memory-limit 16M; a container cannot ask for more than it "
      "may use");
  CHECK(conflict({{"cpu-request", "0.1"}, {"cpu-limit", "100m"}}).empty());
  CHECK(conflict({{"cpu-request", "0.3"}, {"cpu-limit", "300000u"}}).empty());
  CHECK(conflict({{"memory-request", "1e3"}, {"memory-limit", "1k"}}).empty());
  CHECK(conflict({{"admin-port", "8087"}, {"upstream", "80,8087"}}) ==
        "admin-port 8087 is a port of the application, by upstream; choose another admin-port");
  CHECK(conflict({{"listen-base", "8087"}, {"upstream", "8087"}}) ==
        "listen-base 8087 is a port of the application, by upstream; choose another listen-base");
  CHECK(conflict({{"listen-base", "8087"}, {"upstream", "127.0.0.1:8087"}}) ==
        "listen-base 8087 is a port of the application, by upstream; choose another listen-base");
  CHECK(conflict({{"upstream", "14000,14001"}}).empty());
  CHECK(
      conflict({{"token-secret", "a"}, {"env", "MESHCTL_TOKEN=x"}}) ==
      "the token is given twice, by token-secret and by env MESHCTL_TOKEN; leave one of them out");
  CHECK(conflict({{"token-secret", "a"}, {"dashboard", "http://d"}, {"env", "TOKEN=x"}}).empty());
  CHECK(conflict({{"token-secret", "a"}}) ==
        "a token-secret is for a dashboard, and there is none; name it by dashboard, or leave "
        "token-secret out");
}

TEST_CASE("the page lists each setting as option and as annotation, and no other") {
  std::ifstream page(std::string(MESHCTL_SOURCE_DIR) + "/docs/inject.md");
  std::set<std::string> listed;
  for (std::string line; std::getline(page, line);) {
    const auto begin = line.find("| `meshctl.dev/");
    if (begin == std::string::npos) continue;
    const auto name = line.substr(begin + 15, line.find('`', begin + 15) - begin - 15);
    if (name == "injected" || name.starts_with("inject:")) continue;
    CAPTURE(name);
    CHECK((line.starts_with("| `--" + name + " ") || line.starts_with("| `--" + name + "`")));
    CHECK(listed.insert(name).second);
  }
  std::set<std::string> known;
  for (const SettingSpec& spec : setting_specs()) known.emplace(spec.name);
  CHECK(listed == known);
}

}  // namespace
}  // namespace meshctl::inject
