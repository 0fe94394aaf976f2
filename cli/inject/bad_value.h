#pragma once

#include <string>

namespace meshctl::inject {

/// Why a value of a flag or an annotation was not taken.
struct BadValue {
  std::string problem;
  std::string hint;
};

}  // namespace meshctl::inject
