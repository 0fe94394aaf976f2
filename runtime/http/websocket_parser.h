#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshctl::http {

/// Walks the frames of one direction of a WebSocket connection (RFC 6455, 5.2), cut anywhere, and
/// counts. Sans-I/O. Payloads are passed over by their length; bits that extensions own are not
/// looked at, so compressed messages count with their compressed size.
class WebSocketParser {
 public:
  enum class Sends : std::uint8_t {
    Client,  ///< every frame is masked (RFC 6455, 5.1)
    Server,  ///< none is
  };
  enum class Status : std::uint8_t {
    Ok,
    Malformed,  ///< no WebSocket; nothing more is read
  };

  explicit WebSocketParser(Sends sends) noexcept : is_masked_(sends == Sends::Client) {}

  Status feed(std::string_view bytes) noexcept;

  /// Text and binary messages that are complete; fragments are one message.
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  /// Payload of text and binary messages so far, complete or not.
  [[nodiscard]] std::uint64_t payload_bytes() const noexcept { return payload_bytes_; }
  /// Why this side closed (RFC 6455, 7.4). 0: it sent no Close; kNoCode: one without a reason.
  [[nodiscard]] std::uint16_t close_code() const noexcept { return close_code_; }

  static constexpr std::uint16_t kNoCode = 1005;

 private:
  enum class Step : std::uint8_t { Header, CloseCode, Payload };

  void read_header(std::string_view& bytes) noexcept;
  void read_close_code(std::string_view& bytes) noexcept;
  void read_payload(std::string_view& bytes) noexcept;
  void note_close(std::uint16_t code) noexcept;
  [[nodiscard]] std::size_t header_bytes() const noexcept;
  void begin_frame() noexcept;
  [[nodiscard]] bool is_sound() const noexcept;
  void end_frame() noexcept;

  const bool is_masked_;
  Status status_ = Status::Ok;
  Step step_ = Step::Header;
  /// A message is in the middle of its fragments.
  bool is_fragmented_ = false;
  /// A frame's header, as far as it has come: two bytes, a length of up to 8, a mask of 4.
  std::array<std::uint8_t, 14> header_{};
  std::size_t gathered_ = 0;
  std::array<std::uint8_t, 2> code_{};
  /// Bytes of the frame's payload still to come.
  std::uint64_t left_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::uint16_t close_code_ = 0;
};

}  // namespace meshctl::http
