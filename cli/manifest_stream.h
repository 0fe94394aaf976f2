#pragma once

#include <string>
#include <vector>

namespace meshctl::cli {

/// Joins manifests into one stream. A single one stays as it is, to the byte. Between two, `---` is
/// added where it is missing, but never between JSON values only, where kubectl refuses it. In a
/// stream that mixes both, every JSON value stands behind a `---` of its own, the first one too,
/// for kubectl takes a stream that starts with `{` for JSON. An empty text adds nothing.
[[nodiscard]] std::string join_manifests(const std::vector<std::string>& texts);

}  // namespace meshctl::cli
