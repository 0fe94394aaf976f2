#pragma once

#include <string>

#include "cli/manifest_report.h"

namespace meshctl::cli {

/// The report for machines: one JSON document with a line end; docs/inject.md describes it. Bytes
/// of names that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string report_json(const ManifestReport& report);

}  // namespace meshctl::cli
