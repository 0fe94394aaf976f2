#include "cli/inject/retarget.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/object_head.h"
#include "cli/inject/port_ref.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kReason = "leads to the proxy";

/// What a Service's port is to become for one pod.
struct Move {
  PortRef upstream;
  std::uint16_t listen = 0;
  bool is_edit = false;  ///< else the name that moved brings it there
};

std::optional<Move> move_for(const ProxiedPod& pod, const ServicePort& port) {
  if (!pod.takes_traffic || !port.is_tcp) return std::nullopt;
  if (port.target_name.empty()) {
    const auto listen = port.target ? listen_port_for(pod, *port.target) : std::uint16_t{0};
    if (listen == 0) return std::nullopt;
    return Move{*port.target, listen, true};
  }
  const auto moved = pod.moved_names.find(port.target_name);
  if (moved != pod.moved_names.end()) {
    const auto forward = std::ranges::find(pod.forwards, moved->second, &Forward::listen);
    return Move{*forward->upstream, moved->second, false};
  }
  const auto kept = pod.kept_names.find(port.target_name);
  if (kept == pod.kept_names.end()) return std::nullopt;
  const auto listen = listen_port_for(pod, kept->second);
  if (listen == 0) return std::nullopt;
  return Move{kept->second, listen, true};
}

class ServiceRetargeter {
 public:
  ServiceRetargeter(const SourceText& source, const Node& object, const Service& service,
                    const std::vector<const ProxiedPod*>& pods, Diagnostics& problems)
      : source_(source), object_(object), service_(service), pods_(pods), problems_(problems) {}

  std::optional<ServiceRoute> plan(ObjectEdit& edit, std::vector<PortChange>& changes) {
    if (service_.is_headless) warn_of_headless();
    for (const ServicePort& port : service_.ports) {
      warn_of_bypass(port);
      std::vector<std::optional<Move>> moves;
      for (const ProxiedPod* pod : pods_) {
        auto move = move_for(*pod, port);
        // Clients of a headless Service choose the port themselves; nothing to edit moves them.
        if (move && move->is_edit && service_.is_headless) move.reset();
        moves.push_back(move);
      }
      const auto edited =
          std::ranges::find_if(moves, [](const auto& move) { return move && move->is_edit; });
      if (edited != moves.end() && !agree(moves, edited - moves.begin())) return std::nullopt;
      note(moves);
      if (edited == moves.end()) continue;
      retarget(port, (*edited)->listen, edit);
      const PortChange change{port.target_name.empty() ? port.target->text() : port.target_name,
                              std::to_string((*edited)->listen)};
      if (std::ranges::find(changes, change) == changes.end()) changes.push_back(change);
    }
    return route();
  }

 private:
  /// A rewritten number has to be right for every pod of the Service.
  bool agree(const std::vector<std::optional<Move>>& moves, std::ptrdiff_t with) {
    const auto& wanted = moves[static_cast<std::size_t>(with)];
    const ProxiedPod& one = *pods_[static_cast<std::size_t>(with)];
    for (std::size_t i = 0; i < moves.size(); ++i) {
      if (!pods_[i]->takes_traffic) {
        error(fmt::format("service/{} also leads to {}, which gets no traffic through a proxy, "
                          "while {} does",
                          service_.name, pods_[i]->display, one.display),
              "inject both or none, or give them labels that tell them apart");
        return false;
      }
      if (!moves[i] || moves[i]->listen != wanted->listen) {
        error(fmt::format("service/{} leads to {} and {}, whose proxies listen at different ports",
                          service_.name, one.display, pods_[i]->display),
              "give both the same annotation meshctl.dev/upstream");
        return false;
      }
    }
    return true;
  }

  /// Keeps for each pod where a port of it is reached now.
  void note(const std::vector<std::optional<Move>>& moves) {
    for (std::size_t i = 0; i < moves.size(); ++i) {
      if (!moves[i]) continue;
      auto& listens = listens_[moves[i]->upstream];
      listens.resize(pods_.size());
      listens[i] = moves[i]->listen;
    }
  }

  ServiceRoute route() const {
    ServiceRoute route;
    for (const auto& [upstream, listens] : listens_) {
      const auto first = listens.front();
      const bool is_whole = std::ranges::all_of(
          listens, [first](std::uint16_t listen) { return listen != 0 && listen == first; });
      if (is_whole) {
        route.moved[upstream] = first;
      } else {
        route.divided.insert(upstream);
      }
    }
    return route;
  }

  /// A port that no proxy stands before leads to the application unseen.
  void warn_of_bypass(const ServicePort& port) {
    if (!port.is_tcp || service_.is_headless) return;
    for (const ProxiedPod* pod : pods_) {
      const auto target = application_port(*pod, port);
      if (!pod->takes_traffic || !target || listen_port_for(*pod, *target) != 0) continue;
      const Node* place = port.target_node != nullptr ? port.target_node : port.item;
      problems_.push_back(at(source_, place->begin, Severity::Warning,
                             fmt::format("service/{} leads to port {} of {}, past its proxy",
                                         service_.name, target->text(), pod->display),
                             "name the ports to be forwarded with the annotation "
                             "meshctl.dev/upstream"));
    }
  }

  /// The port that the application listens at, as far as it did not move.
  static std::optional<PortRef> application_port(const ProxiedPod& pod, const ServicePort& port) {
    if (port.target_name.empty()) return port.target;
    const auto kept = pod.kept_names.find(port.target_name);
    return kept == pod.kept_names.end() ? std::nullopt : std::optional(kept->second);
  }

  void warn_of_headless() {
    const bool is_concerned = std::ranges::any_of(service_.ports, [&](const ServicePort& port) {
      return std::ranges::any_of(
          pods_, [&](const ProxiedPod* pod) { return move_for(*pod, port).has_value(); });
    });
    if (!is_concerned) return;
    problems_.push_back(at(source_, object_.begin, Severity::Warning,
                           fmt::format("service/{} is headless: its clients reach the pods "
                                       "themselves, past the proxy",
                                       service_.name),
                           "calls that come this way are not counted"));
  }

  void error(std::string problem, std::string hint) {
    problems_.push_back(
        at(source_, object_.begin, Severity::Error, std::move(problem), std::move(hint)));
  }

  static void retarget(const ServicePort& port, std::uint16_t listen, ObjectEdit& edit) {
    if (port.target_node == nullptr) {
      edit.gain(*port.item, Value::map({{"targetPort", Value::number(listen)}}),
                std::string(kReason));
    } else {
      edit.become(*port.target_node, Value::number(listen), std::string(kReason));
    }
  }

  const SourceText& source_;
  const Node& object_;
  const Service& service_;
  const std::vector<const ProxiedPod*>& pods_;
  Diagnostics& problems_;
  /// By the port that the application listens at, the proxy's port in each pod; 0: none.
  std::map<PortRef, std::vector<std::uint16_t>> listens_;
};

/// The port at which all Services of a Route are reached instead of its target; 0 if it stays.
std::uint16_t listen_behind(const Route& from, const ServiceRoutes& routes, bool& disagree) {
  std::uint16_t listen = 0;
  for (std::size_t i = 0; i < from.services.size(); ++i) {
    const auto route = routes.find({from.name_space, from.services[i]});
    std::uint16_t moved = 0;
    if (route != routes.end() && route->second.moved.contains(*from.target)) {
      moved = route->second.moved.at(*from.target);
    }
    const bool is_divided = route != routes.end() && route->second.divided.contains(*from.target);
    disagree = disagree || is_divided || (i > 0 && moved != listen);
    if (i == 0) listen = moved;
  }
  return listen;
}

}  // namespace

std::optional<ServiceRoute> retarget_service(const SourceText& source, const Node& object,
                                             const Service& service,
                                             const std::vector<const ProxiedPod*>& pods,
                                             ObjectEdit& edit, std::vector<PortChange>& changes,
                                             Diagnostics& problems) {
  return ServiceRetargeter(source, object, service, pods, problems).plan(edit, changes);
}

void retarget_route(const SourceText& source, const Route& route, const ServiceRoutes& routes,
                    ObjectEdit& edit, std::vector<PortChange>& changes, Diagnostics& problems) {
  if (!route.target) return;
  bool disagree = false;
  const auto listen = listen_behind(route, routes, disagree);
  if (disagree) {
    problems.push_back(at(source, route.target_node->begin, Severity::Error,
                          fmt::format("{} leads to pods that differ in the port behind {}",
                                      route.display, route.target->text()),
                          "name the Service's port instead of its number"));
  } else if (listen != 0) {
    edit.become(*route.target_node, Value::number(listen), std::string(kReason));
    changes.push_back({route.target->text(), std::to_string(listen)});
  }
}

}  // namespace meshctl::inject
