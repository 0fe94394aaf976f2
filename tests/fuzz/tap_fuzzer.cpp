#include "tests/fuzz/wire_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return meshctl::fuzz::must_hold(meshctl::fuzz::broken_tap, data, size);
}
