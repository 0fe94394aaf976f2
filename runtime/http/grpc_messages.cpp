#include "runtime/http/grpc_messages.h"

#include <algorithm>

namespace meshctl::http {

void GrpcMessages::feed(std::string_view content) noexcept {
  while (!content.empty()) {
    if (gathered_ < kPrefixBytes) {
      prefix_[gathered_++] = static_cast<std::uint8_t>(content.front());
      content.remove_prefix(1);
      if (gathered_ < kPrefixBytes) continue;
      for (std::size_t i = 1; i < kPrefixBytes; ++i) left_ = left_ << 8U | prefix_[i];
    } else {
      const auto passed = std::min<std::size_t>(left_, content.size());
      content.remove_prefix(passed);
      left_ -= static_cast<std::uint32_t>(passed);
      payload_bytes_ += passed;
    }
    if (left_ > 0) continue;
    ++count_;
    gathered_ = 0;
  }
}

}  // namespace meshctl::http
