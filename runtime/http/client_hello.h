#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshctl::http {

/// What a TLS client says before anything is encrypted (RFC 8446, 4.1.2).
struct ClientHello {
  /// The highest version that is offered, as on the wire: 0x0300 (SSL 3.0) to 0x0304 (TLS 1.3).
  std::uint16_t version = 0;
  /// Server name (RFC 6066, 3), empty if there is none. Bytes as they came.
  std::string server_name;
  /// The protocols that the client offers (RFC 7301), joined by commas, as far as they fit into
  /// kMostAlpnBytes. Bytes as they came.
  std::string alpn;

  static constexpr std::size_t kMostNameBytes = 255;  ///< RFC 1035, 2.3.4
  static constexpr std::size_t kMostAlpnBytes = 64;

  friend bool operator==(const ClientHello&, const ClientHello&) = default;
};

/// Gathers a ClientHello from the first bytes of a client, over records and reads cut anywhere.
/// Sans-I/O. Holds at most kMostBytes, and nothing once it is done.
class ClientHelloReader {
 public:
  enum class Status : std::uint8_t {
    NeedMore,
    Done,       ///< hello() is complete; nothing more is read
    Malformed,  ///< no ClientHello; nothing more is read
    TooLarge,   ///< beyond kMostBytes; nothing more is read
  };

  Status feed(std::string_view bytes);
  /// Complete after Done.
  [[nodiscard]] const ClientHello& hello() const noexcept { return hello_; }

  /// Chosen: ten times a hello with post-quantum keys; session tickets make some longer.
  static constexpr std::size_t kMostBytes = 16 * 1024;

 private:
  void read_record_header(std::string_view& bytes) noexcept;
  void read_fragment(std::string_view& bytes);
  [[nodiscard]] std::size_t message_bytes() const noexcept;
  void end_message();

  Status status_ = Status::NeedMore;
  /// A record's header, as far as it has come (RFC 8446, 5.1).
  std::array<std::uint8_t, 5> record_{};
  std::size_t gathered_ = 0;
  /// Bytes of the record's fragment still to come.
  std::size_t left_ = 0;
  /// The handshake message so far, its header included.
  std::string message_;
  ClientHello hello_;
};

/// Reads the body of a ClientHello, without its handshake header. False if it is none.
[[nodiscard]] bool read_client_hello(std::string_view body, ClientHello& hello);

/// `1.3` for 0x0304, and so on down to `ssl3`; the text lives as long as the program.
[[nodiscard]] std::string_view tls_version_name(std::uint16_t version) noexcept;

}  // namespace meshctl::http
