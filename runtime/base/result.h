#pragma once

#include <utility>

#include <tl/expected.hpp>

namespace meshctl {

/// A value, or the expected failure that stands in its place. Programming errors are not failures:
/// they are MESHCTL_ASSERT's.
template <typename T, typename E>
using Result = tl::expected<T, E>;

/// Makes the failure side of a Result: `return fail(UvError{rc});`
template <typename E>
[[nodiscard]] constexpr tl::unexpected<std::decay_t<E>> fail(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace meshctl
