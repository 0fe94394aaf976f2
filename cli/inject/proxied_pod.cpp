#include "cli/inject/proxied_pod.h"

#include <algorithm>

namespace meshctl::inject {

std::uint16_t listen_port_for(const ProxiedPod& pod, const PortRef& upstream) {
  const auto found = std::ranges::find(pod.forwards, upstream, &Forward::upstream);
  return found == pod.forwards.end() ? std::uint16_t{0} : found->listen;
}

}  // namespace meshctl::inject
