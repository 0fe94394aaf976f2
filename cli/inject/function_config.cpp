#include "cli/inject/function_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

void take(const SourceText& source, const Document& document, const Entry& entry,
          Settings& settings, Diagnostics& problems) {
  const auto specs = setting_specs();
  const auto spec = std::ranges::find(specs, entry.key->value, &SettingSpec::name);
  if (spec == specs.end()) {
    problems.push_back(at(source, entry.key->begin, Severity::Error,
                          fmt::format("meshctl has no setting {}", entry.key->value),
                          "see `meshctl inject --help` for their names"));
    return;
  }
  if (!document.resolve(*entry.value).is_scalar()) {
    problems.push_back(at(source, entry.value->begin, Severity::Error,
                          fmt::format("{}: text is needed here", spec->name),
                          "of several values write one a line, as `|` text"));
    return;
  }
  const auto applied = apply_annotation(*spec, document.resolve(*entry.value).value, settings);
  if (applied) return;
  problems.push_back(at(source, entry.value->begin, Severity::Error,
                        fmt::format("{}: {}", spec->name, applied.error().problem),
                        applied.error().hint));
}

}  // namespace

Settings read_function_config(const SourceText& source, const Document& document, Settings settings,
                              Diagnostics& problems) {
  const ObjectHead head = read_head(document, document.root());
  if (!head.kind || head.kind.value->value != "ResourceList") return settings;
  const Node* config = collection_of(document, document.root(), "functionConfig");
  if (config == nullptr) return settings;
  for (const auto* key : {"data", "spec"}) {
    const Node* values = collection_of(document, *config, key);
    if (values == nullptr || !values->is_mapping()) continue;
    for (std::size_t i = 0; i + 1 < values->children.size(); i += 2) {
      take(source, document, {&values->children[i], &values->children[i + 1]}, settings, problems);
    }
  }
  return settings;
}

}  // namespace meshctl::inject
