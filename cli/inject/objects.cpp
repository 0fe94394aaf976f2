#include "cli/inject/objects.h"

#include <string_view>

#include "cli/inject/object_head.h"
#include "cli/inject/path_check.h"

namespace meshctl::inject {
namespace {

/// The key under which an object of that kind holds others; empty if it holds none.
std::string_view key_of_objects(std::string_view kind) {
  if (kind == "Template") return "objects";
  return kind.ends_with("List") ? "items" : "";
}

class Finder {
 public:
  explicit Finder(const Document& document) : document_(document) {}

  void visit(const Node& node) {
    const Node& object = document_.resolve(node);
    if (&object != &node) above_.push_back(&node);
    const Node* list = list_in(object);
    if (list == nullptr) {
      found.push_back({&object, above_});
    } else {
      above_.insert(above_.end(), {&object, find(object, list_key_).value});
      for (const Node& item : list->children) visit(item);
      above_.resize(above_.size() - 2);
    }
    if (&object != &node) above_.pop_back();
  }

  std::vector<FoundObject> found;

 private:
  const Node* list_in(const Node& object) {
    const ObjectHead head = read_head(document_, object);
    if (!head.kind) return nullptr;
    list_key_ = key_of_objects(document_.resolve(*head.kind.value).value);
    if (list_key_.empty()) return nullptr;
    const Node* list = collection_of(document_, object, list_key_);
    return list != nullptr && list->is_sequence() ? list : nullptr;
  }

  const Document& document_;
  std::string_view list_key_;
  std::vector<const Node*> above_;
};

}  // namespace

std::vector<FoundObject> find_objects(const Document& document) {
  Finder finder(document);
  finder.visit(document.root());
  return std::move(finder.found);
}

bool can_edit(const SourceText& source, const Document& document, const FoundObject& object,
              Diagnostics& problems) {
  PathCheck check(source, document, problems);
  for (const Node* node : object.above) {
    const bool is_editable = node->is_sequence() ? check.sequence(*node) : check.mapping(*node);
    if (!is_editable) return false;
  }
  return check.mapping(*object.node);
}

}  // namespace meshctl::inject
