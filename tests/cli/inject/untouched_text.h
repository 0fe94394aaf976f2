#pragma once

#include <string>

namespace meshctl::inject {

/// What `after`, the injected form of the random manifest `before`, lost of it that it may not;
/// empty if nothing. Told by the texts alone, without a parser: apart from ports, their names and
/// nulls that are filled, lines are found again in order, and so are line ends, the byte order
/// mark, a missing final newline, and comments. A comment at the name of a port goes with it, into
/// the state annotation.
[[nodiscard]] std::string lost_text(const std::string& before, const std::string& after);

}  // namespace meshctl::inject
