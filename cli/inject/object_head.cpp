#include "cli/inject/object_head.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "cli/inject/merged.h"

namespace meshctl::inject {
namespace {

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// The entry with that key, its value resolved; of several spellings the right one.
Entry find_ignoring_case(const Document& document, const std::vector<Entry>& entries,
                         std::string_view key) {
  const auto exact =
      std::ranges::find_if(entries, [&](const Entry& entry) { return is_key(*entry.key, key); });
  const auto found =
      exact != entries.end() ? exact : std::ranges::find_if(entries, [&](const Entry& entry) {
        return entry.key->is_scalar() && equal_ignoring_case(entry.key->value, key);
      });
  if (found == entries.end()) return {};
  return {found->key, &document.resolve(*found->value)};
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string ObjectHead::display() const {
  std::string text;
  if (kind) std::ranges::transform(kind.value->value, std::back_inserter(text), lower);
  return text + "/" + (name.empty() ? "(no name)" : name);
}

ObjectHead read_head(const Document& document, const Node& object) {
  ObjectHead head;
  const auto entries = merged_entries(document, object);
  const Entry api_version = find_ignoring_case(document, entries, "apiVersion");
  const Entry kind = find_ignoring_case(document, entries, "kind");
  if (!api_version || !kind || !api_version.value->is_scalar() || !kind.value->is_scalar()) {
    return head;
  }
  head.api_version = api_version;
  head.kind = kind;
  const std::string& version = api_version.value->value;
  const auto slash = version.find('/');
  if (slash != std::string::npos) head.group = version.substr(0, slash);
  if (const Node* metadata = collection_of(document, object, "metadata")) {
    head.name = text_of(document, *metadata, "name");
    if (head.name.empty()) head.name = text_of(document, *metadata, "generateName");
    head.name_space = text_of(document, *metadata, "namespace");
  }
  return head;
}

ObjectReport report_on(const SourceText& source, const Document& document, const Node& object,
                       Action action) {
  const ObjectHead head = read_head(document, object);
  ObjectReport report;
  report.file = source.name();
  report.place = source.place(object.begin);
  if (head.kind) {
    report.api_version = head.api_version.value->value;
    report.kind = head.kind.value->value;
  }
  report.name_space = head.name_space;
  report.name = head.name;
  report.action = action;
  return report;
}

std::string_view text_of(const Document& document, const Node& mapping, std::string_view key) {
  const Node* value = merged_value(document, mapping, key);
  return value != nullptr && value->is_scalar() ? std::string_view(value->value)
                                                : std::string_view();
}

const Node* collection_of(const Document& document, const Node& mapping, std::string_view key) {
  const Node* value = merged_value(document, mapping, key);
  return value != nullptr && (value->is_mapping() || value->is_sequence()) ? value : nullptr;
}

}  // namespace meshctl::inject
