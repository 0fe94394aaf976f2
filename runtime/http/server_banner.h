#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshctl::http {

/// Services that are known by what they say before their client does. For display: nothing but the
/// name is read.
enum class ServerBanner : std::uint8_t {
  NotYet,  ///< all bytes so far are the beginning of more than one
  Unknown,
  Ftp,
  Imap,
  Mysql,
  Nats,
  Pop3,
  Rsync,
  Smtp,
  Ssh,
  Vnc,
};

/// Names a service from the first bytes that it sent, given together from the first on. Answers as
/// soon as they leave one possibility, with the first line's end, or kMostBannerBytes on.
[[nodiscard]] ServerBanner name_banner(std::string_view first_bytes) noexcept;

/// `ssh`; `unknown` for NotYet and Unknown. The text lives as long as the program.
[[nodiscard]] std::string_view name_of(ServerBanner banner) noexcept;

/// RFC 5321, 4.5.3.1.5 allows 512; the word that tells comes with the host's name.
inline constexpr std::size_t kMostBannerBytes = 256;

}  // namespace meshctl::http
