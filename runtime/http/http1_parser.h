#pragma once

#include <llhttp.h>

#include <cstdint>
#include <string_view>

namespace meshctl::http {

/// The head of a message, complete.
struct Http1Head {
  /// Requests: the method as it is written (static storage). Responses: empty.
  std::string_view method;
  /// Responses: 100 to 999. Requests: 0.
  std::uint16_t status = 0;
  /// HTTP/1.0 against 1.1.
  bool is_version_10 = false;
};

/// What the reader of a head knows about what follows it, and the head itself does not say.
enum class BodyRule : std::uint8_t {
  FromHead,  ///< Content-Length, Transfer-Encoding, or until the connection ends (RFC 9112, 6.3)
  None,      ///< an answer to HEAD: the head tells of a body that does not come
  Tunnel,    ///< a 2xx answer to CONNECT: no more HTTP from here on (RFC 9110, 9.3.6)
};

/// Hears of the messages of one direction.
class Http1Events {
 public:
  virtual void on_message_begin() noexcept = 0;
  /// A part of the request target; the parts in order are the whole.
  virtual void on_target(std::string_view part) noexcept = 0;
  /// Parts of a header's name and of its value, in order, when the parser tells headers. A new name
  /// begins after a value.
  virtual void on_header_name(std::string_view) noexcept {}
  virtual void on_header_value(std::string_view) noexcept {}
  /// A header at once, where the parser has it whole.
  virtual void on_header(std::string_view name, std::string_view value) noexcept {
    on_header_name(name);
    on_header_value(value);
  }
  [[nodiscard]] virtual BodyRule on_head(const Http1Head& head) noexcept = 0;
  /// `bytes` of body came by, without chunk framing.
  virtual void on_body(std::uint64_t bytes) noexcept = 0;
  /// The same with the bytes themselves, for who wants them.
  virtual void on_content(std::string_view bytes) noexcept { on_body(bytes.size()); }
  virtual void on_message_end() noexcept = 0;

 protected:
  ~Http1Events() = default;
};

/// Reads one direction of an HTTP/1.x connection (RFC 9112), cut anywhere. Sans-I/O, over llhttp:
/// strict but for what a passive reader can let pass (header characters, messages after a `close`).
class Http1Parser {
 public:
  enum class Reads { Requests, Responses };
  /// Told headers cost a call each.
  enum class Headers { Skipped, Told };
  enum class Status : std::uint8_t {
    Ok,
    Switched,      ///< CONNECT, or a 101: the bytes after `consumed` are another protocol's
    Malformed,     ///< not HTTP; nothing more is read
    HeadTooLarge,  ///< a head beyond kMostHeadBytes; nothing more is read
  };
  struct Progress {
    Status status;
    std::size_t consumed;
  };

  Http1Parser(Reads reads, Headers headers, Http1Events& events) noexcept;
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  /// Reads on. After any status but Ok, further bytes are not read until resume().
  Progress feed(std::string_view bytes) noexcept;
  /// The connection ended: a body that lasts until the end is complete now (on_message_end comes).
  /// False when a message was cut short.
  bool finish() noexcept;
  /// After Switched on a request that the server declined to switch for: HTTP goes on.
  void resume() noexcept;

  /// As much as common servers take for one head, 4 to 8 times over (nginx 8 KiB a header, node 16
  /// KiB).
  static constexpr std::size_t kMostHeadBytes = 64 * 1024;

 private:
  friend struct Http1Callbacks;

  [[nodiscard]] std::size_t feed_plain(std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t feed_plain_message(std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t feed_plain_body(std::string_view bytes) noexcept;

  llhttp_t parser_{};
  Http1Events& events_;
  /// Of the body of a plain message: llhttp never sees those.
  std::uint64_t plain_body_left_ = 0;
  std::uint32_t head_bytes_ = 0;
  Status status_ = Status::Ok;
  bool in_head_ = false;
  bool between_messages_ = true;
  bool tells_headers_ = false;
};

}  // namespace meshctl::http
