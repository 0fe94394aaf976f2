#pragma once

#include <string>
#include <vector>

#include "cli/file_io.h"
#include "runtime/base/result.h"

namespace meshctl::cli {

/// The manifests of a folder: its *.yml, *.yaml and *.json that are not hidden, as
/// `directory/name`, sorted bytewise by that. With `is_recursive` those of the folders below too;
/// hidden folders are left out, and links to folders, as kubectl and find do. None is an error.
[[nodiscard]] Result<std::vector<std::string>, FileError> list_manifests(
    const std::string& directory, bool is_recursive);

}  // namespace meshctl::cli
