#include "cli/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_map>

namespace meshctl::cli {
namespace {

using Index = std::ptrdiff_t;

/// chosen: as many edits are searched for a shortest way; a longer one is cut where most was
/// matched, so time is at most linear in the lines times this.
constexpr Index kMaxCost = 256;

/// One text: a number for each line, equal where the lines are equal, and which lines changed.
struct Side {
  std::vector<std::uint32_t> lines;
  std::vector<char> is_changed;
};

/// The lines of a side that take part in the search.
struct Searched {
  std::vector<std::uint32_t> lines;
  std::vector<std::size_t> origin;  ///< where each stands in the side
};

/// A part of both texts: lines [a, a_end) and [b, b_end).
struct Box {
  Index a = 0;
  Index a_end = 0;
  Index b = 0;
  Index b_end = 0;
};

struct Point {
  Index a = 0;
  Index b = 0;
};

/// Marks what differs between two sequences, box by box. Diagonal k holds the points with
/// a - b == k; forward_[k] and backward_[k] are the furthest `a` reached on it from either end.
class Search {
 public:
  Search(const Searched& a, const Searched& b, Side& a_side, Side& b_side)
      : a_(a), b_(b), a_side_(a_side), b_side_(b_side) {
    const auto diagonals = a.lines.size() + b.lines.size() + 3;
    forward_.resize(diagonals);
    backward_.resize(diagonals);
    zero_ = static_cast<Index>(b.lines.size()) + 1;
  }

  void run() {
    std::vector<Box> open{
        {0, static_cast<Index>(a_.lines.size()), 0, static_cast<Index>(b_.lines.size())}};
    while (!open.empty()) {
      Box box = open.back();
      open.pop_back();
      trim(box);
      if (box.a == box.a_end || box.b == box.b_end) {
        for (Index i = box.a; i < box.a_end; ++i) a_side_.is_changed[origin(a_, i)] = 1;
        for (Index i = box.b; i < box.b_end; ++i) b_side_.is_changed[origin(b_, i)] = 1;
        continue;
      }
      const Point middle = split(box);
      open.push_back({box.a, middle.a, box.b, middle.b});
      open.push_back({middle.a, box.a_end, middle.b, box.b_end});
    }
  }

 private:
  static std::size_t origin(const Searched& side, Index i) {
    return side.origin[static_cast<std::size_t>(i)];
  }
  bool same(Index a, Index b) const {
    return a_.lines[static_cast<std::size_t>(a)] == b_.lines[static_cast<std::size_t>(b)];
  }
  Index& forward(Index k) { return forward_[static_cast<std::size_t>(k + zero_)]; }
  Index& backward(Index k) { return backward_[static_cast<std::size_t>(k + zero_)]; }

  void trim(Box& box) const {
    while (box.a < box.a_end && box.b < box.b_end && same(box.a, box.b)) ++box.a, ++box.b;
    while (box.a < box.a_end && box.b < box.b_end && same(box.a_end - 1, box.b_end - 1)) {
      --box.a_end, --box.b_end;
    }
  }

  /// Diagonals that were reached with the edits so far.
  struct Reach {
    Index low = 0;
    Index high = 0;

    bool holds(Index k) const { return low <= k && k <= high; }
    /// One edit more reaches one diagonal more on either side, as long as the box has them. The
    /// one beyond gets a value that never wins.
    template <typename At>
    void widen(const Box& box, At at, Index never) {
      if (low > box.a - box.b_end) {
        at(--low - 1) = never;
      } else {
        ++low;
      }
      if (high < box.a_end - box.b) {
        at(++high + 1) = never;
      } else {
        --high;
      }
    }
  };

  /// A point on a shortest way through the box, about half way.
  Point split(const Box& box) {
    const Index first = box.a - box.b;
    const Index last = box.a_end - box.b_end;
    const bool meets_forward = ((first - last) % 2) != 0;
    Reach ahead{first, first};
    Reach behind{last, last};
    forward(first) = box.a;
    backward(last) = box.a_end;
    for (Index cost = 1;; ++cost) {
      ahead.widen(
          box, [&](Index k) -> Index& { return forward(k); }, -1);
      for (Index k = ahead.high; k >= ahead.low; k -= 2) {
        const Index a = step_forward(box, k);
        if (meets_forward && behind.holds(k) && backward(k) <= a) return {a, a - k};
      }
      behind.widen(
          box, [&](Index k) -> Index& { return backward(k); }, std::numeric_limits<Index>::max());
      for (Index k = behind.high; k >= behind.low; k -= 2) {
        const Index a = step_backward(box, k);
        if (!meets_forward && ahead.holds(k) && a <= forward(k)) return {a, a - k};
      }
      if (cost >= kMaxCost) return furthest(box, ahead, behind);
    }
  }

  Index step_forward(const Box& box, Index k) {
    Index a = forward(k - 1) >= forward(k + 1) ? forward(k - 1) + 1 : forward(k + 1);
    while (a < box.a_end && a - k < box.b_end && same(a, a - k)) ++a;
    return forward(k) = a;
  }

  Index step_backward(const Box& box, Index k) {
    Index a = backward(k - 1) < backward(k + 1) ? backward(k - 1) : backward(k + 1) - 1;
    while (a > box.a && a - k > box.b && same(a - 1, a - k - 1)) --a;
    return backward(k) = a;
  }

  /// The point that lies furthest from the end that it was reached from.
  Point furthest(const Box& box, const Reach& ahead, const Reach& behind) {
    Point best_ahead{box.a, box.b};
    for (Index k = ahead.high; k >= ahead.low; k -= 2) {
      const Index a = std::min({forward(k), box.a_end, box.b_end + k});
      if (a + a - k > best_ahead.a + best_ahead.b) best_ahead = {a, a - k};
    }
    Point best_behind{box.a_end, box.b_end};
    for (Index k = behind.high; k >= behind.low; k -= 2) {
      const Index a = std::max({backward(k), box.a, box.b + k});
      if (a + a - k < best_behind.a + best_behind.b) best_behind = {a, a - k};
    }
    const Index won_ahead = best_ahead.a + best_ahead.b - box.a - box.b;
    const Index won_behind = box.a_end + box.b_end - best_behind.a - best_behind.b;
    return won_ahead > won_behind ? best_ahead : best_behind;
  }

  const Searched& a_;
  const Searched& b_;
  Side& a_side_;
  Side& b_side_;
  std::vector<Index> forward_;
  std::vector<Index> backward_;
  Index zero_ = 0;
};

/// Numbers the lines of both texts, the same number for equal lines.
std::pair<Side, Side> number_lines(std::span<const std::string_view> before,
                                   std::span<const std::string_view> after) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  numbers.reserve(before.size() + after.size());
  const auto number = [&](std::span<const std::string_view> lines) {
    Side side;
    side.lines.reserve(lines.size());
    for (const std::string_view line : lines) {
      side.lines.push_back(
          numbers.emplace(line, static_cast<std::uint32_t>(numbers.size())).first->second);
    }
    side.is_changed.resize(lines.size());
    return side;
  };
  Side first = number(before);
  return {std::move(first), number(after)};
}

/// The lines of `side` between a common beginning and end that the other text has too; the others
/// are marked, for no way can keep them.
Searched worth_searching(Side& side, const Side& other, std::size_t prefix, std::size_t suffix) {
  std::vector<char> is_there;
  for (std::size_t i = prefix; i + suffix < other.lines.size(); ++i) {
    if (other.lines[i] >= is_there.size()) is_there.resize(other.lines[i] + std::size_t{1});
    is_there[other.lines[i]] = 1;
  }
  Searched searched;
  for (std::size_t i = prefix; i + suffix < side.lines.size(); ++i) {
    if (side.lines[i] < is_there.size() && is_there[side.lines[i]] != 0) {
      searched.lines.push_back(side.lines[i]);
      searched.origin.push_back(i);
    } else {
      side.is_changed[i] = 1;
    }
  }
  return searched;
}

std::vector<LineChange> changes_of(const Side& before, const Side& after) {
  std::vector<LineChange> changes;
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < before.lines.size() || b < after.lines.size()) {
    LineChange change{a, a, b, b};
    while (a < before.lines.size() && before.is_changed[a] != 0) ++a;
    while (b < after.lines.size() && after.is_changed[b] != 0) ++b;
    change.before_end = a;
    change.after_end = b;
    if (change.before_begin != a || change.after_begin != b) changes.push_back(change);
    if (a < before.lines.size()) ++a, ++b;  // a common line
  }
  return changes;
}

}  // namespace

std::vector<LineChange> changed_lines(std::span<const std::string_view> before,
                                      std::span<const std::string_view> after) {
  auto [old_side, new_side] = number_lines(before, after);
  const auto shorter = std::min(before.size(), after.size());
  std::size_t prefix = 0;
  while (prefix < shorter && old_side.lines[prefix] == new_side.lines[prefix]) ++prefix;
  std::size_t suffix = 0;
  while (suffix < shorter - prefix &&
         old_side.lines[before.size() - 1 - suffix] == new_side.lines[after.size() - 1 - suffix]) {
    ++suffix;
  }
  const auto old_searched = worth_searching(old_side, new_side, prefix, suffix);
  const auto new_searched = worth_searching(new_side, old_side, prefix, suffix);
  Search(old_searched, new_searched, old_side, new_side).run();
  return changes_of(old_side, new_side);
}

}  // namespace meshctl::cli
