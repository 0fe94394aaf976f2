#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/source_text.h"

namespace meshctl::inject {

enum class Severity {
  Error,    ///< nothing is written
  Warning,  ///< written, but it will likely not do what was meant
  Note,     ///< written, and worth knowing
};

/// What is wrong, where, and what to do about it, for the person who must act. Problem and hint are
/// lower case, without a full stop; the hint may be empty.
struct Diagnostic {
  Severity severity = Severity::Error;
  std::string file;
  Place place;  ///< line 0: the whole file
  /// The line, or of a long one the part that an excerpt can show: many places on one long line
  /// must not keep it many times.
  std::string source_line;
  std::size_t caret = 0;  ///< the place's column within source_line, from 1
  std::string problem;
  std::string hint;
};

using Diagnostics = std::vector<Diagnostic>;

/// A diagnostic at a byte of a text.
[[nodiscard]] Diagnostic at(const SourceText& source, std::size_t offset, Severity severity,
                            std::string problem, std::string hint = {});

/// A diagnostic about a whole input.
[[nodiscard]] Diagnostic about(std::string file, Severity severity, std::string problem,
                               std::string hint = {});

/// The lines for the terminal, each with its line end:
///
///     meshctl: error: web.yaml:14:9: container has no name
///        14 |       - image: nginx:1.27
///                     ^
///     hint: add `name:`
///
/// A source line beyond 72 columns is cut to the part round the caret. Without a place it is one
/// line: `meshctl: error: web.yaml: this is empty; did the command that wrote it fail?`
[[nodiscard]] std::string render(const Diagnostic& diagnostic);

[[nodiscard]] bool has_error(const Diagnostics& diagnostics);

}  // namespace meshctl::inject
