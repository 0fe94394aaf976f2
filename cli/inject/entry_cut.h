#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/inject/insertion.h"
#include "cli/inject/node.h"
#include "cli/inject/source_text.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// An entry that was taken out of a mapping, with what separated it from its neighbour.
struct CutEntry {
  std::string text;
  std::string neighbour;          ///< the key of the entry beside it
  bool before_neighbour = false;  ///< it stood before the neighbour; else behind it

  friend bool operator==(const CutEntry&, const CutEntry&) = default;
};

/// A cut, and where it is.
struct EntryCut {
  std::size_t offset = 0;
  std::string text;
  CutEntry entry;
};

/// The bytes to cut, so that the entry with `key` is gone from `mapping`. In block style its whole
/// lines go, and comments that stand between it and the entry behind or before it. The only entry
/// of a mapping cannot be cut, nor one with an explicit key (`? key`) or an anchor, nor, in block
/// style, one of several lines.
[[nodiscard]] Result<EntryCut, CannotEdit> cut_entry(const SourceText& source, const Node& mapping,
                                                     std::string_view key);

/// The edit that puts a cut entry back into `mapping`, which has the neighbour: the very bytes
/// where they still fit (same style, indentation and line ends), else the same entry, `key: value`,
/// in the style of the mapping as it is now.
[[nodiscard]] TextEdit put_back(const SourceText& source, const Node& mapping, const CutEntry& cut,
                                std::string_view key, const Node& value);

}  // namespace meshctl::inject
