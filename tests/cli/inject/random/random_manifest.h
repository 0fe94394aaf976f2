#pragma once

#include <cstdint>
#include <string>

namespace meshctl::inject {

/// A manifest as people write them.
struct RandomManifest {
  std::string text;
  int workloads = 0;
};

/// A manifest made from `seed` alone: documents of workloads, of what leads to them and of others,
/// in any form of YAML, or in JSON; with CRLF, a byte order mark, or no final newline. A few of
/// them hold what has to be refused.
[[nodiscard]] RandomManifest random_manifest(std::uint64_t seed);

}  // namespace meshctl::inject
