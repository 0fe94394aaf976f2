#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/telemetry/path_segments.h"

namespace meshctl::telemetry {

/// Guesses which segments of paths are words and which are values. Segments that look like values
/// are `{id}` (is_variable_segment). So are, on a level with too many words, the words that came
/// too late: the 21st word behind one prefix collapses that level, and from then on words that had
/// fewer than 100 calls by then, and all new ones, are `{id}` there. Words that were called often
/// stay. What was counted before stays where it is.
///
/// One tree serves all threads, so they agree at any time: find() takes no lock; add() is for one
/// thread at a time, which the caller sees to. Never shrinks; at most kMostNodes.
class WordTree {
 public:
  /// Deeper paths end in `/{more}`: routes that deep are not told apart by hand.
  static constexpr std::size_t kMostLevels = 10;
  /// Chosen: twice what OpenTelemetry's eBPF instrumentation takes for too many.
  static constexpr std::size_t kMostWords = 20;
  /// Chosen: values come thick and fast, so none of 20 has been called that often; words have.
  static constexpr std::uint8_t kEstablished = 100;
  /// The routes of a table (200), each with its levels and a `{more}`, and the root.
  static constexpr std::size_t kMostNodes = 200 * (kMostLevels + 1) + 1;

  using Id = std::uint16_t;
  static constexpr Id kNone = 0;

  WordTree();
  ~WordTree();
  WordTree(const WordTree&) = delete;
  WordTree& operator=(const WordTree&) = delete;

  /// The id of the route that `path`, of Form::Path, has now; kNone if it has none yet. Counts one
  /// call for its words. Any thread; allocates nothing.
  [[nodiscard]] Id find(const PathSegments& path) noexcept;

  /// A place for a route, and what it is called.
  struct Place {
    std::atomic<Id>* id;  ///< kNone, for the caller to store (release); else known already
    std::string name;     ///< printable ASCII
  };
  /// Makes the route that `path` has. One thread at a time. May throw std::bad_alloc.
  [[nodiscard]] Place add(const PathSegments& path);

 private:
  struct Node;
  class Steps;

  Node* child(const Node& parent, std::string_view word) const noexcept;
  Node& make_child(Node& parent, std::string_view word);
  /// The child for a word or value, following a collapse; null if it is not there yet.
  Node* step(const Node& parent, std::string_view word) const noexcept;
  Node& step_or_make(Node& parent, std::string_view word);
  void collapse(Node& level) noexcept;

  /// A power of two, about twice kMostNodes: probes stay short, and a free slot always ends one.
  static constexpr std::size_t kSlots = 4096;

  std::vector<std::unique_ptr<Node>> nodes_;  ///< the adding thread's
  Node* root_;
  std::array<std::atomic<Node*>, kSlots> slots_{};
};

}  // namespace meshctl::telemetry
