#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/inject/document.h"
#include "cli/inject/labels.h"
#include "cli/inject/port_ref.h"

namespace meshctl::inject {

/// One of a Service's ports. Nodes are borrowed.
struct ServicePort {
  std::optional<PortRef> port;  ///< its own
  /// Where it leads in the pod: a number (its own where none is given), or the name of a port.
  std::optional<PortRef> target;
  std::string target_name;            ///< empty unless it is a name
  const Node* target_node = nullptr;  ///< as it is written; null: none is given
  const Node* item = nullptr;         ///< the mapping, aliases resolved
  bool is_tcp = true;
};

/// What a core Service of the input says of the pods behind it.
struct Service {
  std::string name;
  std::string name_space;
  Labels selector;
  std::vector<ServicePort> ports;
  std::vector<PortRef> routed;  ///< the pods' ports that Routes to it go by
  bool is_headless = false;     ///< its name resolves to the pods themselves
};

/// Whether `object`, a node of `document`, is a core Service, and what it says. A Knative Service
/// is none.
[[nodiscard]] std::optional<Service> find_service(const Document& document, const Node& object);

/// The Services of the input, found by the labels of a pod without a look at each of them.
class ServiceIndex {
 public:
  void add(Service service);
  /// A Route goes by `target` to the pods of the Services of this name, if there are any.
  void note_route(const std::string& name_space, const std::string& name, const PortRef& target);

  const Service& at(std::size_t index) const { return services_[index]; }
  /// The Services whose selector picks a pod, in the order of add(). An empty selector picks none.
  [[nodiscard]] std::vector<std::size_t> selecting(const std::string& name_space,
                                                   const Labels& pod) const;

 private:
  std::vector<Service> services_;
  std::multimap<std::pair<std::string, std::string>, std::size_t> by_name_;
  /// By namespace and the first pair of the selector.
  std::map<std::pair<std::string, Labels::value_type>, std::vector<std::size_t>> by_pair_;
};

}  // namespace meshctl::inject
