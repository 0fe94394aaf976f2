#include "runtime/web/response_reader.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::web {
namespace {

using State = ResponseReader::State;

TEST_CASE("an answer is read wherever it is cut, and half an answer is none") {
  struct Row {
    std::string wire;
    std::string read;  // `STATUS retry-after body`; "" for none
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "200  {}"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", ""},
      {"HTTP/1.1 200 OK\r\n\r\n{}", "200  {}"},  // until the end
      {"HTTP/1.0 200 OK\r\n\r\n", "200  "},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204  "},
      {"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "503 7 "},
      {"HTTP/1.1 503 No\r\nX-Retry-After: 7\r\nretry-after: 8\r\nContent-Length: 0\r\n\r\n",
       "503 8 "},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 No\r\nContent-Length: 1\r\n\r\nx", "429  x"},
      {"HTTP/1.1 100 Continue\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
       "200  ab"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", ""},
      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", ""},
      {"SSH-2.0-OpenSSH_9.2\r\n", ""},
      {"HTTP/1.1 2", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece <= row.wire.size() + 1; ++piece) {
      CAPTURE(row.wire);
      CAPTURE(piece);
      ResponseReader reader;
      for (std::size_t at = 0; at < row.wire.size(); at += piece)
        static_cast<void>(reader.feed(std::string_view(row.wire).substr(at, piece)));
      std::string read;
      if (reader.finish() == State::Complete) {
        const auto& answer = reader.answer();
        read = std::to_string(answer.status) + " " + answer.retry_after + " " + answer.body;
      }
      CHECK(read == row.read);
    }
  }
}

TEST_CASE("a body is kept up to its bound") {
  ResponseReader reader;
  const std::string body(ResponseReader::kMostBodyBytes + 5, 'x');
  CHECK(reader.feed("HTTP/1.1 400 No\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body) == State::Complete);
  CHECK(reader.answer().body.size() == ResponseReader::kMostBodyBytes);
}

}  // namespace
}  // namespace meshctl::web
