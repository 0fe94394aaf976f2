#include "runtime/http/client_hello.h"

#include <algorithm>

namespace meshctl::http {
namespace {

// RFC 8446, 5.1 and 4
constexpr std::uint8_t kHandshake = 22;
constexpr char kClientHello = 1;
constexpr std::size_t kMessageHeader = 1 + 3;
constexpr std::size_t kMostFragment = 1U << 14U;

// RFC 8446, 4.2
constexpr std::size_t kServerName = 0;
constexpr std::size_t kAlpn = 16;
constexpr std::size_t kSupportedVersions = 43;

constexpr std::uint16_t kSsl3 = 0x0300;
constexpr std::uint16_t kTls12 = 0x0303;
constexpr std::uint16_t kTls13 = 0x0304;

constexpr std::size_t kRandom = 32;
constexpr std::size_t kHostName = 0;  ///< RFC 6066, 3: the one type of name there is

/// Reads TLS' presentation language (RFC 8446, 3). After one failure everything fails.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : bytes_(bytes) {}

  std::size_t number(std::size_t size) noexcept {
    std::size_t value = 0;
    for (const char byte : take(size)) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
  }
  /// A vector whose length takes `size` bytes.
  std::string_view vector(std::size_t size) noexcept { return take(number(size)); }
  std::string_view take(std::size_t size) noexcept {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  [[nodiscard]] bool has_more() const noexcept { return ok_ && !bytes_.empty(); }
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

bool read_server_name(std::string_view extension, ClientHello& hello) {
  Reader outer(extension);
  Reader list(outer.vector(2));
  while (list.has_more()) {
    const auto type = list.number(1);
    const auto name = list.vector(2);
    if (type == kHostName && hello.server_name.empty())
      hello.server_name = name.substr(0, ClientHello::kMostNameBytes);
  }
  return outer.ok() && list.ok();
}

bool read_alpn(std::string_view extension, ClientHello& hello) {
  Reader outer(extension);
  Reader list(outer.vector(2));
  while (list.has_more()) {
    const auto name = list.vector(1);
    const std::size_t comma = hello.alpn.empty() ? 0 : 1;
    if (hello.alpn.size() + comma + name.size() > ClientHello::kMostAlpnBytes) break;
    hello.alpn.append(comma, ',').append(name);
  }
  return outer.ok() && list.ok();
}

bool read_versions(std::string_view extension, ClientHello& hello) {
  Reader outer(extension);
  Reader list(outer.vector(1));
  std::uint16_t highest = 0;
  while (list.has_more()) {
    const auto version = static_cast<std::uint16_t>(list.number(2));
    // Values that no version has keep servers in practice (RFC 8701): not among those known.
    if (version >= kSsl3 && version <= kTls13) highest = std::max(highest, version);
  }
  if (highest != 0) hello.version = highest;
  return outer.ok() && list.ok();
}

bool read_extension(std::size_t type, std::string_view data, ClientHello& hello) {
  switch (type) {
    case kServerName: return read_server_name(data, hello);
    case kAlpn: return read_alpn(data, hello);
    case kSupportedVersions: return read_versions(data, hello);
    default: return true;
  }
}

}  // namespace

bool read_client_hello(std::string_view body, ClientHello& hello) {
  Reader reader(body);
  const auto version = static_cast<std::uint16_t>(reader.number(2));
  reader.take(kRandom);
  reader.vector(1);  // session
  reader.vector(2);  // cipher suites
  reader.vector(1);  // compression
  if (!reader.ok() || version < kSsl3) return false;
  // RFC 8446, 4.2.1: 1.3 is offered by an extension alone.
  hello.version = std::min(version, kTls12);
  if (!reader.has_more()) return true;  // RFC 5246, 7.4.1.2: there need be no extensions
  Reader extensions(reader.vector(2));
  while (extensions.has_more()) {
    const auto type = extensions.number(2);
    const auto data = extensions.vector(2);
    if (!extensions.ok() || !read_extension(type, data, hello)) return false;
  }
  return extensions.ok() && reader.ok() && !reader.has_more();
}

ClientHelloReader::Status ClientHelloReader::feed(std::string_view bytes) {
  while (!bytes.empty() && status_ == Status::NeedMore) {
    left_ == 0 ? read_record_header(bytes) : read_fragment(bytes);
  }
  return status_;
}

void ClientHelloReader::read_record_header(std::string_view& bytes) noexcept {
  record_[gathered_++] = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  // RFC 8446, 5.1: nothing comes between the records of a message; the minor version is ignored.
  if (record_[0] != kHandshake || (gathered_ > 1 && record_[1] != 3)) {
    status_ = Status::Malformed;
    return;
  }
  if (gathered_ < record_.size()) return;
  gathered_ = 0;
  left_ = std::size_t{record_[3]} << 8U | record_[4];
  if (left_ == 0 || left_ > kMostFragment) status_ = Status::Malformed;
}

/// The whole message, as far as its header tells; until then the header alone.
std::size_t ClientHelloReader::message_bytes() const noexcept {
  if (message_.size() < kMessageHeader) return kMessageHeader;
  return kMessageHeader + Reader(std::string_view(message_).substr(1)).number(3);
}

void ClientHelloReader::read_fragment(std::string_view& bytes) {
  const auto part = bytes.substr(0, std::min(message_bytes() - message_.size(), left_));
  bytes.remove_prefix(part.size());
  left_ -= part.size();
  message_.append(part);
  if (message_.front() != kClientHello) {
    status_ = Status::Malformed;
  } else if (message_bytes() > kMostBytes) {
    status_ = Status::TooLarge;
  } else if (message_.size() == message_bytes()) {
    end_message();
  }
  if (status_ != Status::NeedMore) message_ = {};
}

void ClientHelloReader::end_message() {
  const auto body = std::string_view(message_).substr(kMessageHeader);
  if (read_client_hello(body, hello_)) {
    status_ = Status::Done;
  } else {
    hello_ = {};
    status_ = Status::Malformed;
  }
}

std::string_view tls_version_name(std::uint16_t version) noexcept {
  switch (version) {
    case kSsl3: return "ssl3";
    case 0x0301: return "1.0";
    case 0x0302: return "1.1";
    case kTls12: return "1.2";
    case kTls13: return "1.3";
    default: return "unknown";
  }
}

}  // namespace meshctl::http
