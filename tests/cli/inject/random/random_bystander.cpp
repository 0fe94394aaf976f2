#include "tests/cli/inject/random/random_bystander.h"

#include <array>
#include <string>
#include <string_view>

namespace meshctl::inject {
namespace {

constexpr std::array<std::string_view, 6> kTexts{
    "apiVersion: v1\nkind: Pod\nmetadata: {name: inner}\n\nspec:\n  containers:\n  - name: inner\n",
    "---\nkind: Service\n---\n...\n# no comment\n",
    "\n\tinput {\n\t}   \n\n\n",
    "  indented\nless\n",
    "{{- if .Values.x }}\n%YAML\n&a *a !b\n{{- end }}\n",
    "'one' \"two\" \xC3\xA9\n",
};

constexpr std::array<std::string_view, 16> kOdd{
    "two words\n  and more",
    "'it''s\n\n  long'",
    "\"a \\\n  b \\x41 \\u00e9\\t\"",
    "!!str 12",
    "!!binary aGk=",
    "\n? a\n? b\n: c",
    "\n? a\n: - b\n  - c: d",
    "2001-12-14",
    "0o17",
    "yes",
    "0b11",
    "{a: [1, {b: c}, ], 'd e' : \"f\", }",
    "[\n  a, # because\n  b\n]",
    "\n# nothing but a comment\n~",
    "&a {x: &b [1, 2], y: *b}",
    "!!map\nx: y",
};

/// An anchor, and what uses it behind it.
void add_shared(Draft& data) {
  data.add("shared", Draft::odd("&shared\nx: [1, 2]\ny: &y z"));
  data.add("again", Draft::odd("*shared"));
  data.add("more", Draft::odd("\n<<: *shared\ny: other\nz: *y"));
}

}  // namespace

Draft random_bystander(Cast& cast) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kKinds{{
      {"v1", "ConfigMap"},
      {"serving.knative.dev/v1", "Service"},
      {"example.com/v1", "Deployment"},
      {"v1", "Secret"},
      {"policy/v1", "PodDisruptionBudget"},
      {"example.com/v1", "NetworkPolicy"},
  }};
  const auto& [api_version, kind] = cast.random.of(kKinds);
  Draft object = Draft::map({{"apiVersion", Draft::word(api_version)},
                             {"kind", Draft::word(kind)},
                             {"metadata", Draft::map({{"name", Draft::word("aside")}})}});
  Draft data = Draft::map();
  const auto count = 1 + cast.pick(3);
  for (std::size_t i = 0; i < count; ++i) {
    const auto key = "k" + std::to_string(i);
    if (cast.is_json || cast.one_in(2)) {
      data.add(key, Draft::lines(cast.random.of(kTexts)));
    } else {
      data.add(key, Draft::odd(cast.random.of(kOdd)));
    }
  }
  if (!cast.is_json && cast.one_in(4)) add_shared(data);
  object.add(cast.one_in(5) ? "spec" : "data", std::move(data));
  return stirred(cast, std::move(object));
}

}  // namespace meshctl::inject
