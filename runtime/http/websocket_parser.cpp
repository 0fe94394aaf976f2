#include "runtime/http/websocket_parser.h"

#include <algorithm>

namespace meshctl::http {
namespace {

// RFC 6455, 5.2: the first two bytes.
constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kOpcode = 0x0F;
constexpr std::uint8_t kMask = 0x80;
constexpr std::uint8_t kLength = 0x7F;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

constexpr std::uint8_t kContinuation = 0x0;
constexpr std::uint8_t kBinary = 0x2;
constexpr std::uint8_t kClose = 0x8;
constexpr std::uint8_t kPong = 0xA;

constexpr std::size_t kMaskBytes = 4;
constexpr std::size_t kCloseCodeBytes = 2;

bool is_control(std::uint8_t opcode) noexcept {
  return opcode >= kClose;
}

std::size_t extended_length_bytes(std::uint8_t length) noexcept {
  return length == kLength64 ? 8 : length == kLength16 ? 2 : 0;
}

}  // namespace

WebSocketParser::Status WebSocketParser::feed(std::string_view bytes) noexcept {
  while (!bytes.empty() && status_ == Status::Ok) {
    switch (step_) {
      case Step::Header: read_header(bytes); break;
      case Step::CloseCode: read_close_code(bytes); break;
      case Step::Payload: read_payload(bytes); break;
    }
  }
  return status_;
}

std::size_t WebSocketParser::header_bytes() const noexcept {
  if (gathered_ < 2) return 2;
  return 2 + extended_length_bytes(header_[1] & kLength) + (is_masked_ ? kMaskBytes : 0);
}

void WebSocketParser::read_header(std::string_view& bytes) noexcept {
  // Twice: the second byte says how long the header is.
  for (int i = 0; i < 2; ++i) {
    const auto count = std::min(header_bytes() - gathered_, bytes.size());
    std::copy_n(bytes.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(gathered_));
    bytes.remove_prefix(count);
    gathered_ += count;
  }
  if (gathered_ < 2) return;
  // As soon as both are there: what is no WebSocket is told by its first frame.
  if (!is_sound()) {
    status_ = Status::Malformed;
  } else if (gathered_ == header_bytes()) {
    begin_frame();
  }
}

bool WebSocketParser::is_sound() const noexcept {
  const std::uint8_t opcode = header_[0] & kOpcode;
  const bool is_final = (header_[0] & kFin) != 0;
  if (((header_[1] & kMask) != 0) != is_masked_) return false;
  // RFC 6455, 5.5: control frames are short and whole; they may come between fragments.
  if (is_control(opcode)) return opcode <= kPong && is_final && (header_[1] & kLength) < kLength16;
  return opcode <= kBinary && (opcode == kContinuation) == is_fragmented_;
}

void WebSocketParser::begin_frame() noexcept {
  const std::uint8_t opcode = header_[0] & kOpcode;
  const std::uint8_t length = header_[1] & kLength;
  const auto extended = extended_length_bytes(length);
  left_ = extended == 0 ? length : 0;
  for (std::size_t i = 0; i < extended; ++i) left_ = left_ << 8U | header_[2 + i];
  gathered_ = 0;
  // RFC 6455, 5.2: the most significant bit of a length is 0.
  if (left_ >> 63U != 0 || (opcode == kClose && left_ == 1)) {
    status_ = Status::Malformed;
    return;
  }
  step_ = opcode == kClose && left_ >= kCloseCodeBytes ? Step::CloseCode : Step::Payload;
  if (opcode == kClose && left_ == 0) note_close(kNoCode);
  // A frame without payload has no more bytes that would lead to its end.
  if (left_ == 0) end_frame();
}

void WebSocketParser::read_close_code(std::string_view& bytes) noexcept {
  for (; gathered_ < kCloseCodeBytes && !bytes.empty(); --left_) {
    code_[gathered_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
  }
  if (gathered_ < kCloseCodeBytes) return;
  gathered_ = 0;
  // RFC 6455, 5.3: the mask is the header's end.
  const std::uint8_t* mask = is_masked_ ? &header_[2] : nullptr;
  const auto octet = [&](std::size_t i) {
    return static_cast<unsigned>(code_[i]) ^ (mask == nullptr ? 0U : mask[i]);
  };
  note_close(static_cast<std::uint16_t>(octet(0) << 8U | octet(1)));
  step_ = Step::Payload;
  if (left_ == 0) end_frame();
}

void WebSocketParser::note_close(std::uint16_t code) noexcept {
  // RFC 6455, 5.5.1: nothing follows the first one.
  if (close_code_ == 0) close_code_ = code;
}

void WebSocketParser::read_payload(std::string_view& bytes) noexcept {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
  bytes.remove_prefix(count);
  left_ -= count;
  if (!is_control(header_[0] & kOpcode)) payload_bytes_ += count;
  if (left_ == 0) end_frame();
}

void WebSocketParser::end_frame() noexcept {
  step_ = Step::Header;
  if (is_control(header_[0] & kOpcode)) return;
  is_fragmented_ = (header_[0] & kFin) == 0;
  if (!is_fragmented_) ++messages_;
}

}  // namespace meshctl::http
