#include "cli/inject/object_shape.h"

#include <string_view>

#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

constexpr const char* kFromOtherTool =
    "is it the message of the command that should have written it?";

bool has_kind(const Document& document, const Node& root) {
  for (std::size_t i = 0; i + 1 < root.children.size(); i += 2) {
    const Node& key = document.resolve(root.children[i]);
    const Node& value = document.resolve(root.children[i + 1]);
    if (!key.is_scalar()) continue;
    // A merge may bring the kind; who reads the object has more to say about it.
    if (key.value == "<<") return true;
    if (!equal_ignoring_case(key.value, "kind")) continue;
    if (value.is_scalar() && !value.value.empty()) return true;
  }
  return false;
}

bool has_api_version(const Node& root) {
  for (std::size_t i = 0; i + 1 < root.children.size(); i += 2) {
    const std::string& key = root.children[i].value;
    if (equal_ignoring_case(key, "apiVersion") || key == "<<") return true;
  }
  return false;
}

}  // namespace

std::optional<Diagnostic> explain_no_object(const SourceText& source, const Document& document) {
  const Node& root = document.root();
  const auto refuse = [&](const char* problem, const char* hint) {
    return at(source, root.begin, Severity::Error, problem, hint);
  };
  if (root.is_null()) return std::nullopt;
  if (root.is_scalar()) {
    const std::string_view text = root.value;
    return refuse(
        "this is text, and no Kubernetes object",
        text.starts_with("<") ? "it looks like HTML; did a download fail?" : kFromOtherTool);
  }
  if (root.is_sequence()) {
    return refuse("this is a list, and no Kubernetes object",
                  "write the items as documents with `---` between them, or as a `kind: List`");
  }
  if (has_kind(document, root)) {
    if (has_api_version(root)) return std::nullopt;
    return refuse("this is no Kubernetes object: it has no `apiVersion`",
                  "add `apiVersion:`; the API server refuses it too");
  }
  return refuse("this is no Kubernetes object: it has no `kind`",
                has_api_version(root) ? "add `kind:`; kubectl refuses it too"
                                      : "kubectl refuses it too; is this the right file?");
}

}  // namespace meshctl::inject
