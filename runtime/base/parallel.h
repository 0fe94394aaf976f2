#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace meshctl {

/// Calls `work(i)` for every i below `count`, each once, in any order, on as many threads as there
/// are processors, and returns when all are done. `work` may write to what belongs to i alone. An
/// exception of any call is thrown again here, once all threads have ended. Few calls run on this
/// thread only.
template <typename Work>
void for_each_index(std::size_t count, const Work& work) {
  constexpr std::size_t kWorthAThread = 16;  // chosen: below that starting one takes as long
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  const auto threads = std::min(processors, count / kWorthAThread);
  std::atomic<std::size_t> next = 0;
  const auto take_turns = [&] {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.push_back(std::async(std::launch::async, take_turns));
  }
  take_turns();
  for (std::future<void>& other : others) other.get();
}

}  // namespace meshctl
