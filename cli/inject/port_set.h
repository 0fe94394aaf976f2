#pragma once

#include <bitset>
#include <cstdint>

namespace meshctl::inject {

/// A set of port numbers: a pod may have thousands of ports.
class PortSet {
 public:
  void add(std::uint16_t port) { ports_.set(port); }
  bool contains(std::uint16_t port) const { return ports_.test(port); }

  /// Takes the first port that is not in the set yet, from `base` on; 0 if there is none left.
  std::uint16_t take_from(std::uint16_t base) {
    for (std::size_t port = base; port < ports_.size(); ++port) {
      if (ports_.test(port)) continue;
      ports_.set(port);
      return static_cast<std::uint16_t>(port);
    }
    return 0;
  }

 private:
  std::bitset<65536> ports_;
};

}  // namespace meshctl::inject
