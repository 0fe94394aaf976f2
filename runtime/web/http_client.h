#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/endpoint.h"
#include "runtime/base/url.h"
#include "runtime/net/lookup.h"
#include "runtime/net/stream.h"
#include "runtime/net/timer.h"
#include "runtime/web/response_reader.h"

namespace meshctl::web {

/// What is sent where, but for the body.
struct PostTarget {
  Url url;
  std::string content_type;
  /// Further fields; names and values must be valid (RFC 9110, 5.5).
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// The whole exchange, from the lookup on, has this long.
  Duration timeout = std::chrono::seconds(10);
  /// Of the answer's body; what is more is dropped.
  std::size_t most_answer_bytes = ResponseReader::kMostBodyBytes;
  /// Whether the connection is kept for the next document. Only for documents that may arrive
  /// twice: a kept connection that breaks before an answer leads to a second try on a fresh one.
  bool keeps_connection = false;
};

/// The words for an exchange that took longer than PostTarget::timeout.
inline constexpr std::string_view kNotInTime = "it did not answer in time";

/// The bytes of a POST, which asks for the connection to be closed behind it unless it is kept.
[[nodiscard]] std::string to_wire(const PostTarget& target, std::string_view body);

/// Sends one POST at a time, over a connection of its own or the one that it kept, and never waits.
class HttpClient final : private net::StreamOwner {
 public:
  /// The answer, or in words why there is none. Called on the loop's thread, never from post(); may
  /// call post() again.
  using OnAnswer = void (*)(void* owner, Result<Answer, std::string> answer) noexcept;

  HttpClient(net::Loop& loop, void* owner, OnAnswer on_answer);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins; must not be called while busy. A kept connection is used again whatever the target
  /// is: one client has one target.
  void post(const PostTarget& target, std::string_view body);
  /// No answer comes any more. A connection that is kept and not in use stays.
  void cancel() noexcept;
  [[nodiscard]] bool is_busy() const noexcept { return is_busy_; }

 private:
  net::Next on_bytes(net::Stream&, std::string_view bytes) noexcept override;
  net::Next on_end(net::Stream&, net::StreamEnd end) noexcept override;
  net::Next on_written(net::Stream&, Result<void, net::UvError> result) noexcept override;
  net::Next on_connected(net::Stream&, Result<void, net::UvError> result) noexcept override;
  void close() noexcept override;

  /// What close() is to do.
  enum class Outcome : std::uint8_t {
    Over,   ///< the connection goes
    Kept,   ///< it stays, idle
    Again,  ///< a kept one had broken: the same once more on a fresh one
  };

  void find();
  void on_found(Result<std::vector<net::Address>, net::UvError> found) noexcept;
  void on_timeout() noexcept;
  /// Connects to the next address; false when there is none left.
  [[nodiscard]] bool connect_next() noexcept;
  /// Settles what close() will tell.
  net::Next settle(std::string failure) noexcept;

  net::Loop& loop_;
  void* owner_;
  OnAnswer on_answer_;
  net::Lookup lookup_;
  net::Timer timer_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<ResponseReader> reader_;
  std::vector<net::Address> addresses_;  ///< still to try, the next one last
  std::string wire_;
  std::size_t most_answer_bytes_ = 0;
  std::string failure_;  ///< why there is no answer; empty if there is one
  Endpoint endpoint_;    ///< where to try again
  Outcome outcome_ = Outcome::Over;
  bool is_busy_ = false;
  bool is_writing_ = false;
  bool keeps_ = false;    ///< the connection is to be kept
  bool is_kept_ = false;  ///< it was: an answer came on it before
};

}  // namespace meshctl::web
