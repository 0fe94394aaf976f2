#include <doctest/doctest.h>

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/inject/settings.h"
#include "cli/inject_command.h"
#include "cli/uninject_command.h"
#include "cli/usage.h"

namespace meshctl::cli {
namespace {

/// A parser with both commands, and what it filled in.
struct Parsed {
  CLI::App app{"", "meshctl"};
  InjectOptions inject;
  ManifestOptions uninject;
  Command command;

  explicit Parsed(std::vector<std::string> words) {
    add_inject(app, inject, command);
    add_uninject(app, uninject, command);
    std::ranges::reverse(words);  // CLI11 takes them last first
    app.parse(words);
  }
};

TEST_CASE("parsing fills the options and chooses the command, and opens no file") {
  Parsed parsed(
      {"inject", "no-such-file", "-", "-f", "other", "--upstream", "80", "-q", "-o", "out"});
  CHECK(parsed.command);
  CHECK(parsed.inject.manifests.files == std::vector<std::string>{"no-such-file", "-"});
  CHECK(parsed.inject.manifests.filenames == std::vector<std::string>{"other"});
  CHECK(parsed.inject.manifests.quiet);
  CHECK(parsed.inject.manifests.output == "out");
  CHECK(parsed.inject.settings.at(1) == std::vector<std::string>{"80"});
  CHECK(parsed.inject.settings.at(0).empty());
}

TEST_CASE("-f may be repeated, as with oc, and takes one file each time") {
  const Parsed parsed({"uninject", "-f", "a", "b", "-f", "c"});
  CHECK(parsed.uninject.filenames == std::vector<std::string>{"a", "c"});
  CHECK(parsed.uninject.files == std::vector<std::string>{"b"});
}

TEST_CASE("a setting takes one word, and only those that may be repeated take it twice") {
  const auto at = [](const Parsed& parsed, std::string_view name) {
    const auto specs = meshctl::inject::setting_specs();
    const auto spec = std::ranges::find(specs, name, &meshctl::inject::SettingSpec::name);
    return parsed.inject.settings.at(static_cast<std::size_t>(spec - specs.begin()));
  };
  const Parsed parsed({"inject", "--image", "i", "file", "--env", "A=1", "--env", "B=2", "--arg",
                       "--drain-delay=2s", "other", "--pod-spec-path", "K=spec", "third"});
  CHECK(at(parsed, "image") == std::vector<std::string>{"i"});
  CHECK(at(parsed, "env") == std::vector<std::string>{"A=1", "B=2"});
  CHECK(at(parsed, "arg") == std::vector<std::string>{"--drain-delay=2s"});
  CHECK(parsed.inject.pod_spec_paths == std::vector<std::string>{"K=spec"});
  CHECK(parsed.inject.manifests.files == std::vector<std::string>{"file", "other", "third"});
}

TEST_CASE("both commands take the same inputs and outputs") {
  for (const std::string command : {"inject", "uninject"}) {
    const Parsed parsed({command, "-R", "-i", "--diff", "--check", "--messages", "json", "d"});
    const auto& options = command == "inject" ? parsed.inject.manifests : parsed.uninject;
    CHECK(options.files == std::vector<std::string>{"d"});
    CHECK(options.recursive);
    CHECK(options.in_place);
    CHECK(options.diff);
    CHECK(options.check);
    CHECK(options.wants_json());
  }
  CHECK(Parsed({"inject", "--require-injected"}).inject.manifests.require_injected);
  CHECK(Parsed({"inject", "--emit", "services"}).inject.emit == "services");
  CHECK_THROWS_AS(Parsed({"uninject", "--require-injected"}), CLI::ParseError);
  CHECK_THROWS_AS(Parsed({"inject", "--image", ""}), CLI::ValidationError);
  CHECK_THROWS_AS(Parsed({"inject", "--image", "a", "--image", "b"}), CLI::ArgumentMismatch);
}

TEST_CASE("the nearest known word is the one that was likely meant") {
  const std::vector<std::string> known{"inject", "uninject", "run"};
  CHECK(nearest("injct", known) == "inject");
  CHECK(nearest("unject", known) == "inject");
  CHECK(nearest("uninjcet", known) == "uninject");
  CHECK(nearest("rnu", known) == std::nullopt);
  CHECK(nearest("rum", known) == "run");
  CHECK(nearest("bogus", known) == std::nullopt);
}

}  // namespace
}  // namespace meshctl::cli
