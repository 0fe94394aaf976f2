#include "runtime/web/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/assert.h"
#include "runtime/base/version.h"

namespace meshctl::web {

using net::Next;

std::string to_wire(const PostTarget& target, std::string_view body) {
  const auto& path = target.url.target;
  std::string wire = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: meshctl/{}\r\nContent-Type: {}\r\n"
      "Content-Length: {}\r\n{}",
      path.empty() ? "/" : path, target.url.authority, kVersion, target.content_type, body.size(),
      target.keeps_connection ? "" : "Connection: close\r\n");
  for (const auto& [name, value] : target.headers) wire += fmt::format("{}: {}\r\n", name, value);
  wire += "\r\n";
  wire += body;
  return wire;
}

HttpClient::HttpClient(net::Loop& loop, void* owner, OnAnswer on_answer)
    : loop_(loop),
      owner_(owner),
      on_answer_(on_answer),
      lookup_(loop, this,
              [](void* self, Result<std::vector<net::Address>, net::UvError> found) noexcept {
                static_cast<HttpClient*>(self)->on_found(std::move(found));
              }),
      timer_(loop, this,
             [](void* self) noexcept { static_cast<HttpClient*>(self)->on_timeout(); }) {}

HttpClient::~HttpClient() = default;

void HttpClient::post(const PostTarget& target, std::string_view body) {
  MESHCTL_ASSERT(!is_busy_);
  is_busy_ = true;
  failure_.clear();
  wire_ = to_wire(target, body);
  most_answer_bytes_ = target.most_answer_bytes;
  endpoint_ = target.url.endpoint;
  keeps_ = target.keeps_connection;
  timer_.start_once(target.timeout);
  if (is_kept_) {
    reader_ = std::make_unique<ResponseReader>(most_answer_bytes_);
    is_writing_ = true;
    // A copy: a second try needs them, too.
    if (stream_->write_rest(wire_)) return;
  }
  find();
}

void HttpClient::find() {
  is_kept_ = false;
  stream_.reset();
  if (const auto started = lookup_.start(endpoint_); !started) {
    failure_ = fmt::format("cannot look up its host: {}", net::message(started.error()));
    timer_.start_once(Duration{0});  // the answer never comes from within post()
  }
}

void HttpClient::cancel() noexcept {
  lookup_.cancel();
  timer_.stop();
  if (std::exchange(is_busy_, false)) is_kept_ = false;
  if (!is_kept_) stream_.reset();
}

void HttpClient::on_found(Result<std::vector<net::Address>, net::UvError> found) noexcept {
  if (!found) {
    failure_ = fmt::format("its host is not known: {}", net::message(found.error()));
    return close();
  }
  addresses_ = std::move(*found);
  std::ranges::reverse(addresses_);
  reader_ = std::make_unique<ResponseReader>(most_answer_bytes_);
  stream_ = std::make_unique<net::Stream>(loop_, static_cast<net::StreamOwner&>(*this));
  if (!connect_next()) close();
}

bool HttpClient::connect_next() noexcept {
  while (!addresses_.empty()) {
    const auto address = addresses_.back();
    addresses_.pop_back();
    stream_->abandon();
    const auto started = stream_->connect(address);
    if (started) return true;
    failure_ = fmt::format("cannot connect: {}", net::message(started.error()));
  }
  return false;
}

Next HttpClient::on_connected(net::Stream&, Result<void, net::UvError> result) noexcept {
  if (!result) {
    failure_ = fmt::format("cannot connect: {}", net::message(result.error()));
    return connect_next() ? Next::Continue : Next::Close;
  }
  failure_.clear();
  stream_->start_reading();
  is_writing_ = true;
  const auto begun = stream_->write_rest(std::move(wire_));
  return begun ? Next::Continue : settle("the connection broke");
}

Next HttpClient::on_written(net::Stream&, Result<void, net::UvError>) noexcept {
  // Who takes no more may have answered already: reading tells.
  is_writing_ = false;
  return Next::Continue;
}

Next HttpClient::on_bytes(net::Stream&, std::string_view bytes) noexcept {
  if (!is_busy_) return Next::Close;  // nobody asked
  switch (reader_->feed(bytes)) {
    case ResponseReader::State::Reading: return Next::Continue;
    case ResponseReader::State::Complete:
      // An answer that came before the request was out tells of a server that reads no further.
      outcome_ = keeps_ && !is_writing_ && reader_->leaves_open() ? Outcome::Kept : Outcome::Over;
      return settle({});
    case ResponseReader::State::Malformed: break;
  }
  return settle("the answer is not HTTP");
}

Next HttpClient::on_end(net::Stream&, net::StreamEnd end) noexcept {
  if (!is_busy_) return Next::Close;
  if (end.is_orderly() && reader_->finish() == ResponseReader::State::Complete) return settle({});
  // The server had closed it when we wrote, or ended: a fresh connection tells.
  if (is_kept_) outcome_ = Outcome::Again;
  if (!end.is_orderly())
    return settle(fmt::format("the connection broke: {}", net::message(end.error)));
  return settle("the connection ended before the answer did");
}

Next HttpClient::settle(std::string failure) noexcept {
  failure_ = std::move(failure);
  return Next::Close;
}

void HttpClient::on_timeout() noexcept {
  if (failure_.empty() || stream_ != nullptr) failure_ = kNotInTime;
  close();
}

void HttpClient::close() noexcept {
  const auto outcome = std::exchange(outcome_, Outcome::Over);
  if (outcome == Outcome::Again) {
    failure_.clear();
    return find();
  }
  const bool was_busy = is_busy_;
  if (outcome == Outcome::Kept) {
    timer_.stop();
    is_busy_ = false;
    is_kept_ = true;
  } else {
    is_kept_ = false;
    cancel();
  }
  // An idle connection that the server closed is nobody's business.
  if (!was_busy) return;
  if (failure_.empty()) return on_answer_(owner_, std::move(reader_->answer()));
  on_answer_(owner_, fail(std::move(failure_)));
}

}  // namespace meshctl::web
