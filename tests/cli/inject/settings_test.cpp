#include "cli/inject/settings.h"

#include <doctest/doctest.h>

#include <algorithm>

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
                                                                  {"upstream", "80,65535"},
                                                                  {"listen-base", "1"},
                                                                  {"admin-port", "9"},
                                                                  {"dashboard", "http://d:1"},
                                                                  {"cpu-request", "0.5"},
                                                                  {"memory-request", "1Gi"},
                                                                  {"cpu-limit", "2"},
                                                                  {"memory-limit", "128M"}}) {
    CAPTURE(value.first);
    CHECK(apply(value.first, value.second, settings));
  }
  CHECK(settings.image == "r/i:t");
  CHECK(settings.upstream == std::vector<PortRef>{{80, {}}, {65535, {}}});
  CHECK(settings.listen_base == 1);
  CHECK(settings.admin_port == 9);
  CHECK(settings.dashboard == "http://d:1");
  CHECK(settings.cpu_request == "0.5");
  CHECK(settings.memory_request == "1Gi");
  CHECK(settings.cpu_limit == "2");
  CHECK(settings.memory_limit == "128M");
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
      {"image", "a b", "'a b' is not the name of an image"},
      {"upstream", "http", "'http' is not a port number"},
      {"upstream", "80,", "'' is not a port number"},
      {"upstream", "80, 90", "' 90' is not a port number"},
      {"upstream", "80,80", "port 80 is named twice"},
      {"upstream", "0", "there is no port 0"},
      {"listen-base", "65536", "there is no port 65536"},
      {"admin-port", "99999999999", "there is no port 99999999999"},
      {"admin-port", "-1", "'-1' is not a port number"},
      {"dashboard", "https://x", "'https://x' is https, which the proxy does not speak"},
      {"dashboard", "http://", "'http://' is not the URL of a dashboard"},
      {"dashboard", "x:80", "'x:80' is not the URL of a dashboard"},
      {"cpu-request", "10 m", "'10 m' is not a quantity"},
      {"cpu-limit", "m", "'m' is not a quantity"},
      {"memory-request", "1.2.3", "'1.2.3' is not a quantity"},
      {"memory-limit", "64mb", "'64mb' is not a quantity"},
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

}  // namespace
}  // namespace meshctl::inject
