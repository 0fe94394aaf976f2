#include "cli/openapi_paths.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/inject/byte_check.h"
#include "cli/inject/document.h"
#include "cli/inject/node.h"
#include "cli/openapi_servers.h"
#include "runtime/telemetry/template_tree.h"

namespace meshctl::cli {
namespace {

using inject::Document;
using inject::Node;
using inject::Severity;
using inject::SourceText;
using telemetry::RouteTemplate;

Diagnostic error(const SourceText& source, std::size_t offset, std::string problem,
                 std::string hint) {
  return inject::at(source, offset, Severity::Error, std::move(problem), std::move(hint));
}

Diagnostic about_file(const SourceText& source, std::string problem, std::string hint) {
  return inject::about(source.name(), Severity::Error, std::move(problem), std::move(hint));
}

/// The only document of the file.
Result<Document, Diagnostic> parse(const SourceText& source) {
  inject::Diagnostics problems;
  inject::check_bytes(source, problems);
  if (!problems.empty()) return fail(problems.front());
  const auto ranges = inject::split_documents(source, problems);
  if (!problems.empty()) return fail(problems.front());
  std::optional<Document> found;
  for (const auto& range : ranges) {
    auto document = inject::parse_document(source, range);
    if (!document) return fail(document.error());
    if (!*document) continue;
    if (found) {
      return fail(error(source, (*document)->root().begin, "a second document begins here",
                        "an OpenAPI description is one document"));
    }
    found.emplace(std::move(**document));
  }
  if (!found) {
    return fail(about_file(source, "this is empty", "did the command that wrote it fail?"));
  }
  return std::move(*found);
}

/// The mapping `paths`.
Result<const Node*, Diagnostic> find_paths(const SourceText& source, const Document& document) {
  const Node& root = document.root();
  if (!inject::find(root, "openapi") && !inject::find(root, "swagger")) {
    return fail(error(source, root.begin, "this is no OpenAPI document: it has no `openapi`",
                      "name the file that begins with `openapi: 3...` or `swagger: \"2.0\"`"));
  }
  const auto entry = inject::find(root, "paths");
  if (!entry) {
    return fail(about_file(source, "this has no `paths`",
                           "name the OpenAPI document that lists the paths of the service"));
  }
  const Node& paths = document.resolve(*entry.value);
  if (!paths.is_mapping() || paths.children.empty()) {
    return fail(error(source, entry.key->begin, "`paths` lists no paths",
                      "write each as a key, such as `/users/{id}:`"));
  }
  return &paths;
}

class PathReader {
 public:
  PathReader(const SourceText& source, const Document& document)
      : source_(source), document_(document), servers_(source, document) {}

  Result<std::vector<RouteTemplate>, Diagnostic> read(const Node& paths) {
    auto common = servers_.of_document();
    if (!common) return fail(common.error());
    for (std::size_t i = 0; i + 1 < paths.children.size(); i += 2) {
      const Node& key = paths.children[i];
      // "^x-" is the pattern of extensions (OpenAPI 3.1, Specification Extensions).
      if (key.value.starts_with("x-")) continue;
      if (auto problem = problem_of(key)) return fail(std::move(*problem));
      const auto bases = servers_.of_path(document_.resolve(paths.children[i + 1]), *common);
      if (!bases) return fail(bases.error());
      for (const auto& base : *bases) {
        if (auto problem = add(key, base)) return fail(std::move(*problem));
      }
    }
    if (result_.empty()) {
      return fail(about_file(source_, "`paths` lists no paths", "it has extensions only"));
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] Diagnostic bad_template(const Node& key, telemetry::TemplateProblem problem) const {
    return error(source_, key.begin, fmt::format("`{}` {}", key.value, describe(problem)),
                 "write a path such as `/users/{id}`");
  }

  std::optional<Diagnostic> problem_of(const Node& key) {
    const auto parsed = telemetry::parse_template(key.value);
    if (!parsed) return bad_template(key, parsed.error());
    const auto first = seen_.add(*parsed, keys_.size());
    keys_.push_back(&key);
    if (!first) return std::nullopt;
    const Node& other = *keys_[*first];
    return error(source_, key.begin,
                 fmt::format("`{}` fits the same paths as `{}` in line {}", key.value, other.value,
                             source_.place(other.begin).line),
                 "keep one of them; what a parameter is called makes no difference");
  }

  std::optional<Diagnostic> add(const Node& key, const std::string& base) {
    auto parsed = telemetry::parse_template(base + key.value);
    if (!parsed) return bad_template(key, parsed.error());
    result_.push_back(std::move(*parsed));
    return std::nullopt;
  }

  const SourceText& source_;
  const Document& document_;
  OpenApiServers servers_;
  telemetry::TemplateTree seen_;  ///< without base paths
  std::vector<const Node*> keys_;
  std::vector<RouteTemplate> result_;
};

}  // namespace

Result<std::vector<RouteTemplate>, Diagnostic> read_openapi_paths(std::string name,
                                                                  std::string text) {
  const SourceText source(std::move(name), std::move(text));
  const auto document = parse(source);
  if (!document) return fail(document.error());
  const auto paths = find_paths(source, *document);
  if (!paths) return fail(paths.error());
  return PathReader(source, *document).read(**paths);
}

}  // namespace meshctl::cli
