#pragma once

#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "runtime/base/result.h"

namespace meshctl::cli {

using inject::Diagnostic;

/// The base paths of the servers of an OpenAPI document. A base path is normalised, has no slash at
/// its end, and is empty where calls go to the root. Borrows both for its lifetime.
class OpenApiServers {
 public:
  using BasePaths = std::vector<std::string>;

  OpenApiServers(const inject::SourceText& source, const inject::Document& document)
      : source_(source), document_(document) {}

  /// Of the whole document: `servers`, or `basePath` in Swagger 2.
  [[nodiscard]] Result<BasePaths, Diagnostic> of_document() const;
  /// Of a path: its operations' `servers`, else its own, else `otherwise`; each once.
  [[nodiscard]] Result<BasePaths, Diagnostic> of_path(const inject::Node& item,
                                                      const BasePaths& otherwise) const;

 private:
  [[nodiscard]] Result<BasePaths, Diagnostic> of(const inject::Node& object,
                                                 const BasePaths& otherwise) const;
  [[nodiscard]] Result<std::string, Diagnostic> base_path(const inject::Node& server) const;
  [[nodiscard]] std::string with_defaults(const inject::Node& server, std::string url) const;
  [[nodiscard]] const inject::Node* value(const inject::Node& object, std::string_view key) const;
  [[nodiscard]] Diagnostic error(const inject::Node& node, std::string problem,
                                 std::string hint) const;

  const inject::SourceText& source_;
  const inject::Document& document_;
};

}  // namespace meshctl::cli
