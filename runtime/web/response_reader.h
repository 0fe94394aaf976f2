#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/http/http1_parser.h"

namespace meshctl::web {

/// An answer to a request of ours.
struct Answer {
  std::uint16_t status = 0;
  std::string retry_after;  ///< the header, at most 64 bytes; empty when there was none
  std::string body;         ///< as much as was wanted; the rest was dropped
};

/// Reads the one answer to a request other than HEAD or CONNECT, cut anywhere. Sans-I/O.
class ResponseReader final : private http::Http1Events {
 public:
  enum class State : std::uint8_t {
    Reading,
    Complete,
    Malformed,  ///< not HTTP, or more than we asked for
  };

  explicit ResponseReader(std::size_t most_body_bytes = kMostBodyBytes) noexcept;
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  State feed(std::string_view bytes) noexcept;
  /// The connection ended: a body without a length is whole now. Anything but Complete is half an
  /// answer.
  State finish() noexcept;
  /// Only when Complete.
  [[nodiscard]] Answer& answer() noexcept { return answer_; }

  /// A further request may follow on the connection (RFC 9112, 9.3). Only when Complete.
  [[nodiscard]] bool leaves_open() const noexcept { return !closes_ && !has_more_; }

  /// Chosen: a hundred times what an error message takes.
  static constexpr std::size_t kMostBodyBytes = 64 * 1024;

 private:
  void on_message_begin() noexcept override;
  void on_target(std::string_view) noexcept override {}
  void on_header_name(std::string_view part) noexcept override;
  void on_header_value(std::string_view part) noexcept override;
  http::BodyRule on_head(const http::Http1Head& head) noexcept override;
  void on_content(std::string_view bytes) noexcept override;
  void on_body(std::uint64_t) noexcept override {}
  void on_message_end() noexcept override;

  http::Http1Parser parser_;
  Answer answer_;
  std::string name_;
  bool in_value_ = false;
  std::string connection_;  ///< the header
  bool is_interim_ = false;
  std::size_t most_body_bytes_;
  bool closes_ = false;
  bool has_more_ = false;  ///< bytes came behind the answer
  State state_ = State::Reading;
};

}  // namespace meshctl::web
