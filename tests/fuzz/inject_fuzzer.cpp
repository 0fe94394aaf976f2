// The promises of `inject` and `uninject`, on whatever bytes libFuzzer finds; CONTRIBUTING.md says
// how to run it. Most mutations move whole lines and words about: what bytes alone can do is mostly
// broken YAML.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "tests/fuzz/hostile_state.h"
#include "tests/fuzz/inject_properties.h"
#include "tests/fuzz/line_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const auto broken = meshctl::inject::broken_promise(input);
  if (broken.empty()) return 0;
  std::fprintf(stderr, "broken promise: %s\n--- input\n%s\n--- end\n", broken.c_str(),
               input.c_str());
  std::abort();
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  std::minstd_rand random(seed);
  if (random() % 3 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string input(data, data + size);
  auto text = random() % 8 == 0 ? meshctl::fuzz::with_hostile_state(input, random)
                                : meshctl::fuzz::mutate_lines(input, random);
  text.resize(std::min(text.size(), max_size));
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
