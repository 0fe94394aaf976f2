#include "runtime/http/http2_parser.h"

#include <algorithm>

namespace meshctl::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kHeaderBytes = 9;

// RFC 9113, 6
constexpr std::uint8_t kData = 0x0;
constexpr std::uint8_t kHeaders = 0x1;
constexpr std::uint8_t kRstStream = 0x3;
constexpr std::uint8_t kSettings = 0x4;
constexpr std::uint8_t kPushPromise = 0x5;
constexpr std::uint8_t kGoaway = 0x7;
constexpr std::uint8_t kContinuation = 0x9;

constexpr std::uint8_t kEndStream = 0x1;
constexpr std::uint8_t kAck = 0x1;
constexpr std::uint8_t kEndHeaders = 0x4;
constexpr std::uint8_t kPadded = 0x8;
constexpr std::uint8_t kPriority = 0x20;

constexpr std::size_t kPadLengthBytes = 1;
constexpr std::size_t kPriorityBytes = 5;
constexpr std::size_t kStreamBytes = 4;
constexpr std::uint32_t kStreamMask = 0x7FFFFFFF;  // above it is a reserved bit
constexpr std::size_t kErrorCodeBytes = 4;
constexpr std::size_t kSettingBytes = 6;
constexpr std::uint32_t kHeaderTableSize = 0x1;

std::uint32_t number(const std::uint8_t* at, std::size_t bytes) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | at[i];
  return value;
}

bool carries_block(std::uint8_t type) noexcept {
  return type == kHeaders || type == kPushPromise || type == kContinuation;
}

}  // namespace

Http2Parser::Http2Parser(Sends sends, Http2Events& events)
    : events_(events), step_(sends == Sends::Client ? Step::Preface : Step::Header) {
  static_assert(kPreface.size() == std::tuple_size_v<decltype(buffer_)>);
}

Http2Parser::Status Http2Parser::feed(std::string_view bytes) noexcept {
  while (!bytes.empty() && status_ == Status::Ok) {
    switch (step_) {
      case Step::Preface: read_preface(bytes); break;
      case Step::Header: read_header(bytes); break;
      case Step::Prefix: read_prefix(bytes); break;
      case Step::Content: read_content(bytes); break;
      case Step::Padding: read_padding(bytes); break;
    }
  }
  return status_;
}

/// Adds to the buffer up to `wanted` bytes in it; what is left of `bytes`.
std::string_view Http2Parser::take_into_buffer(std::string_view bytes,
                                               std::size_t wanted) noexcept {
  const auto count = std::min(bytes.size(), wanted - buffered_);
  std::copy_n(bytes.begin(), count, buffer_.begin() + static_cast<std::ptrdiff_t>(buffered_));
  buffered_ += count;
  return bytes.substr(count);
}

void Http2Parser::read_preface(std::string_view& bytes) noexcept {
  const auto count = std::min(bytes.size(), kPreface.size() - buffered_);
  if (bytes.substr(0, count) != kPreface.substr(buffered_, count)) return fail(Status::Malformed);
  bytes.remove_prefix(count);
  buffered_ += count;
  if (buffered_ < kPreface.size()) return;
  buffered_ = 0;
  step_ = Step::Header;
}

void Http2Parser::read_header(std::string_view& bytes) noexcept {
  bytes = take_into_buffer(bytes, kHeaderBytes);
  if (buffered_ < kHeaderBytes) return;
  buffered_ = 0;
  length_ = number(buffer_.data(), 3);
  type_ = buffer_[3];
  flags_ = buffer_[4];
  stream_ = number(&buffer_[5], kStreamBytes) & kStreamMask;
  begin_frame();
}

bool Http2Parser::has_padding() const noexcept {
  return has_flag(kPadded) && (type_ == kData || type_ == kHeaders || type_ == kPushPromise);
}

void Http2Parser::begin_frame() noexcept {
  // RFC 9113, 6.10: nothing comes between the frames of a header block.
  const bool goes_on = type_ == kContinuation;
  if (goes_on != (block_stream_ != 0) || (goes_on && stream_ != block_stream_)) {
    return fail(Status::Malformed);
  }
  const bool needs_stream = type_ == kData || type_ == kRstStream || carries_block(type_);
  if (needs_stream && stream_ == 0) return fail(Status::Malformed);
  if (type_ == kGoaway && stream_ != 0) return fail(Status::Malformed);
  if (type_ == kRstStream && length_ != kErrorCodeBytes) return fail(Status::Malformed);
  if (type_ == kSettings && length_ % kSettingBytes != 0) return fail(Status::Malformed);
  prefix_ = has_padding() ? kPadLengthBytes : 0;
  if (type_ == kHeaders && has_flag(kPriority)) prefix_ += kPriorityBytes;
  if (type_ == kPushPromise || type_ == kGoaway) prefix_ += kStreamBytes;
  if (prefix_ > length_) return fail(Status::Malformed);
  content_ = length_ - prefix_;
  padding_ = 0;
  if (type_ == kHeaders || type_ == kPushPromise) {
    block_stream_ = stream_;
    block_bytes_ = 0;
    block_is_told_ = type_ == kHeaders;
    block_ends_stream_ = type_ == kHeaders && has_flag(kEndStream);
    if (block_is_told_) events_.on_headers_begin(stream_);
  }
  step_ = prefix_ > 0 ? Step::Prefix : Step::Content;
  // A frame without content has no more bytes that would lead to its end.
  if (length_ == 0) end_frame();
}

void Http2Parser::read_prefix(std::string_view& bytes) noexcept {
  bytes = take_into_buffer(bytes, prefix_);
  if (buffered_ < prefix_) return;
  buffered_ = 0;
  padding_ = has_padding() ? buffer_[0] : 0;
  if (padding_ > content_) return fail(Status::Malformed);
  if (type_ == kGoaway) events_.on_goaway(number(buffer_.data(), kStreamBytes) & kStreamMask);
  content_ -= padding_;
  step_ = Step::Content;
  if (content_ > 0) return;
  step_ = Step::Padding;
  if (padding_ == 0) end_frame();
}

void Http2Parser::read_content(std::string_view& bytes) noexcept {
  const auto part = bytes.substr(0, content_);
  bytes.remove_prefix(part.size());
  content_ -= part.size();
  on_content(part);
  if (content_ > 0 || status_ != Status::Ok) return;
  step_ = Step::Padding;
  if (padding_ == 0) end_frame();
}

void Http2Parser::read_padding(std::string_view& bytes) noexcept {
  const auto count = std::min(bytes.size(), padding_);
  bytes.remove_prefix(count);
  padding_ -= count;
  if (padding_ == 0) end_frame();
}

void Http2Parser::on_content(std::string_view part) noexcept {
  if (type_ == kData) return events_.on_data(stream_, part);
  if (type_ == kRstStream || type_ == kSettings) return on_small_content(part);
  if (!carries_block(type_)) return;
  block_bytes_ += part.size();
  if (block_bytes_ > kMostBlockBytes) return fail(Status::HeadTooLarge);
  if (!decoder_.feed(part, false, *this)) fail(Status::Malformed);
}

/// Error codes and settings, gathered piece by piece.
void Http2Parser::on_small_content(std::string_view part) noexcept {
  const auto wanted = type_ == kSettings ? kSettingBytes : kErrorCodeBytes;
  while (!part.empty()) {
    part = take_into_buffer(part, wanted);
    if (buffered_ < wanted) return;
    buffered_ = 0;
    if (type_ == kSettings) {
      on_settings_entry();
    } else {
      events_.on_reset(stream_, number(buffer_.data(), kErrorCodeBytes));
    }
  }
}

void Http2Parser::on_settings_entry() noexcept {
  if (number(buffer_.data(), 2) == kHeaderTableSize) table_size_ = number(&buffer_[2], 4);
}

void Http2Parser::end_frame() noexcept {
  step_ = Step::Header;
  if (type_ == kData && has_flag(kEndStream)) events_.on_data_end(stream_);
  if (type_ == kSettings) {
    has_flag(kAck) ? events_.on_settings_ack() : events_.on_settings(table_size_);
    table_size_.reset();
  }
  if (!carries_block(type_) || !has_flag(kEndHeaders)) return;
  if (!decoder_.feed({}, true, *this)) return fail(Status::Malformed);
  block_stream_ = 0;
  if (block_is_told_) events_.on_headers_end(block_ends_stream_);
}

void Http2Parser::on_field(std::string_view name, std::string_view value) noexcept {
  if (block_is_told_) events_.on_field(name, value);
}

}  // namespace meshctl::http
