#pragma once

#include <cstdint>
#include <string>

namespace meshctl::inject {

/// A manifest as people write them, made from `seed` alone: one to three documents of any kind and
/// indentation, with comments, quotes, block scalars, flow style, CRLF, BOM, or no final newline.
struct RandomManifest {
  std::string text;
  int workloads = 0;
  bool has_flow = false;  ///< some list or mapping on the way of an edit is in flow style or null
};

[[nodiscard]] RandomManifest random_manifest(std::uint64_t seed);

}  // namespace meshctl::inject
