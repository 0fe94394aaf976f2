#include "runtime/http/server_banner.h"

#include <algorithm>

namespace meshctl::http {
namespace {

struct Greeting {
  std::string_view text;
  ServerBanner service;
};

constexpr Greeting kGreetings[] = {
    {"SSH-", ServerBanner::Ssh},        // RFC 4253, 4.2
    {"+OK", ServerBanner::Pop3},        // RFC 1939, 3
    {"* OK", ServerBanner::Imap},       // RFC 3501, 7.1
    {"* PREAUTH", ServerBanner::Imap},  // RFC 3501, 7.1.4
    {"INFO {", ServerBanner::Nats},     // NATS protocol, INFO
    {"RFB 0", ServerBanner::Vnc},       // RFC 6143, 7.1.1
    {"@RSYNCD:", ServerBanner::Rsync},
};

bool is_beginning(std::string_view bytes, std::string_view text) noexcept {
  const auto common = std::min(bytes.size(), text.size());
  return bytes.substr(0, common) == text.substr(0, common);
}

std::size_t find_word(std::string_view line, std::string_view word) noexcept {
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; };
  const auto found = std::search(line.begin(), line.end(), word.begin(), word.end(), same);
  return static_cast<std::size_t>(found - line.begin());
}

/// `220` greets for SMTP (RFC 5321, 4.2) and FTP (RFC 959, 5.4): the rest of the line tells.
ServerBanner name_220(std::string_view bytes) noexcept {
  const auto line = bytes.substr(0, std::min(bytes.find('\n'), kMostBannerBytes));
  if (line.size() == bytes.size() && line.size() < kMostBannerBytes) return ServerBanner::NotYet;
  const auto smtp = find_word(line, "SMTP");
  const auto ftp = find_word(line, "FTP");
  if (smtp == ftp) return ServerBanner::Unknown;
  return smtp < ftp ? ServerBanner::Smtp : ServerBanner::Ftp;
}

/// A MySQL packet: a length of three bytes, number 0, and protocol version 10 or an error (MySQL
/// internals, Protocol::Handshake).
ServerBanner name_mysql(std::string_view bytes) noexcept {
  constexpr std::size_t kNumber = 3;
  constexpr std::size_t kVersion = 4;
  // A greeting is short: the length's upper bytes are 0.
  if (bytes.size() > 2 && bytes[2] != 0) return ServerBanner::Unknown;
  if (bytes.size() > kNumber && bytes[kNumber] != 0) return ServerBanner::Unknown;
  if (bytes.size() <= kVersion) return ServerBanner::NotYet;
  return bytes[kVersion] == '\x0a' || bytes[kVersion] == '\xff' ? ServerBanner::Mysql
                                                                : ServerBanner::Unknown;
}

}  // namespace

ServerBanner name_banner(std::string_view first_bytes) noexcept {
  bool is_open = first_bytes.empty();
  for (const auto& [text, service] : kGreetings) {
    if (!is_beginning(first_bytes, text)) continue;
    if (first_bytes.size() >= text.size()) return service;
    is_open = true;
  }
  if (is_beginning(first_bytes, "220")) return name_220(first_bytes);
  const auto mysql = name_mysql(first_bytes);
  return is_open && mysql == ServerBanner::Unknown ? ServerBanner::NotYet : mysql;
}

std::string_view name_of(ServerBanner banner) noexcept {
  switch (banner) {
    case ServerBanner::NotYet:
    case ServerBanner::Unknown: return "unknown";
    case ServerBanner::Ftp: return "ftp";
    case ServerBanner::Imap: return "imap";
    case ServerBanner::Mysql: return "mysql";
    case ServerBanner::Nats: return "nats";
    case ServerBanner::Pop3: return "pop3";
    case ServerBanner::Rsync: return "rsync";
    case ServerBanner::Smtp: return "smtp";
    case ServerBanner::Ssh: return "ssh";
    case ServerBanner::Vnc: return "vnc";
  }
  return {};
}

}  // namespace meshctl::http
