#include "runtime/http/server_banner.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::http {
namespace {

using namespace std::string_literals;

TEST_CASE(
    "a service is named by its first bytes, as soon as they tell, and never otherwise later") {
  struct Row {
    std::string bytes;
    ServerBanner want;
  };
  const Row rows[] = {
      {"SSH-2.0-OpenSSH_9.2p1\r\n", ServerBanner::Ssh},
      {"220 mail.example.com ESMTP Postfix\r\n", ServerBanner::Smtp},
      {"220-mail.example.com esmtp\r\n220 ftp\r\n", ServerBanner::Smtp},
      {"220 (vsFTPd 3.0.3)\r\n", ServerBanner::Ftp},
      {"220 ftp.example.com has no SMTP\r\n", ServerBanner::Ftp},
      {"220 hello\r\n220 SMTP\r\n", ServerBanner::Unknown},
      {"220 " + std::string(kMostBannerBytes, 'x') + " SMTP\r\n", ServerBanner::Unknown},
      {"+OK ready\r\n", ServerBanner::Pop3},
      {"* OK IMAP4rev1\r\n", ServerBanner::Imap},
      {"* PREAUTH hi\r\n", ServerBanner::Imap},
      {"\x4a\x00\x00\x00\x0a"
       "8.0.33\0"s,
       ServerBanner::Mysql},
      {"\x45\x00\x00\x00\xff\x6a\x04Host is blocked"s, ServerBanner::Mysql},
      {"\x4a\x00\x00\x01\x0a"s, ServerBanner::Unknown},
      {"\x4a\x00\x00\x00\x0b"s, ServerBanner::Unknown},
      {"\x4a\x00\x01\x00\x0a"s, ServerBanner::Unknown},
      {"RFB 003.008\n", ServerBanner::Vnc},
      {"INFO {\"server_id\":1}\r\n", ServerBanner::Nats},
      {"@RSYNCD: 31.0\n", ServerBanner::Rsync},
      {"hello", ServerBanner::Unknown},
      {"+HI", ServerBanner::Unknown},
      {"220 half a line", ServerBanner::NotYet},
      {"", ServerBanner::NotYet},
      {"S", ServerBanner::NotYet},
      {"22", ServerBanner::NotYet},
      {"* ", ServerBanner::NotYet},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    bool is_named = false;
    for (std::size_t cut = 0; cut <= row.bytes.size(); ++cut) {
      CAPTURE(cut);
      const auto named = name_banner(std::string_view(row.bytes).substr(0, cut));
      if (is_named || named != ServerBanner::NotYet) CHECK(named == row.want);
      is_named = is_named || named != ServerBanner::NotYet;
    }
    CHECK(name_banner(row.bytes) == row.want);
  }
}

TEST_CASE("a name needs no more than its bound") {
  std::string line = "220 ";
  while (line.size() < kMostBannerBytes) line.push_back('x');
  CHECK(name_banner(std::string_view(line).substr(0, kMostBannerBytes - 1)) ==
        ServerBanner::NotYet);
  CHECK(name_banner(line) == ServerBanner::Unknown);
}

}  // namespace
}  // namespace meshctl::http
