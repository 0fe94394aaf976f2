#include "runtime/web/response_reader.h"

#include <algorithm>

#include "runtime/web/field_value.h"

namespace meshctl::web {
namespace {

constexpr std::string_view kRetryAfter = "retry-after";
constexpr std::size_t kMostFieldBytes = 64;

void append_bounded(std::string& text, std::string_view part, std::size_t most) {
  text.append(part.substr(0, most - std::min(text.size(), most)));
}

}  // namespace

ResponseReader::ResponseReader(std::size_t most_body_bytes) noexcept
    : parser_(http::Http1Parser::Reads::Responses, http::Http1Parser::Headers::Told, *this),
      most_body_bytes_(most_body_bytes) {}

ResponseReader::State ResponseReader::feed(std::string_view bytes) noexcept {
  if (state_ != State::Reading) return state_;
  const auto progress = parser_.feed(bytes);
  if (state_ == State::Reading && progress.status != http::Http1Parser::Status::Ok)
    state_ = State::Malformed;
  return state_;
}

ResponseReader::State ResponseReader::finish() noexcept {
  if (state_ == State::Reading && !parser_.finish()) state_ = State::Malformed;
  return state_;
}

void ResponseReader::on_message_begin() noexcept {
  has_more_ = state_ != State::Reading;
  if (has_more_) return;
  answer_ = {};
  connection_.clear();
}

void ResponseReader::on_header_name(std::string_view part) noexcept {
  if (in_value_) name_.clear();
  in_value_ = false;
  append_bounded(name_, part, kMostFieldBytes);
}

void ResponseReader::on_header_value(std::string_view part) noexcept {
  in_value_ = true;
  if (state_ != State::Reading) return;
  if (equals_ignoring_case(name_, kRetryAfter))
    append_bounded(answer_.retry_after, part, kMostFieldBytes);
  if (equals_ignoring_case(name_, "connection")) append_bounded(connection_, part, kMostFieldBytes);
}

http::BodyRule ResponseReader::on_head(const http::Http1Head& head) noexcept {
  is_interim_ = head.status < 200;  // RFC 9110, 15.2: an answer follows
  if (state_ == State::Reading) {
    answer_.status = head.status;
    closes_ = head.is_version_10 || contains_ignoring_case(connection_, "close");
  }
  return http::BodyRule::FromHead;
}

void ResponseReader::on_content(std::string_view bytes) noexcept {
  if (state_ == State::Reading) append_bounded(answer_.body, bytes, most_body_bytes_);
}

void ResponseReader::on_message_end() noexcept {
  if (!is_interim_ && state_ == State::Reading) state_ = State::Complete;
}

}  // namespace meshctl::web
