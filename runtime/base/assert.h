#pragma once

#include <cstdio>
#include <cstdlib>

/// States what must hold whatever the input; a breach is our bug. Aborts in every build, naming the
/// place.
#define MESHCTL_ASSERT(condition)                                                         \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "meshctl: bug: %s:%d: %s does not hold\n", __FILE__, __LINE__, \
                   #condition);                                                           \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
