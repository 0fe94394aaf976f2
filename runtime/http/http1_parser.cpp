#include "runtime/http/http1_parser.h"

#include <algorithm>

#include "runtime/http/plain_head.h"

namespace meshctl::http {

namespace {

/// RFC 9112, 6.3, rule 1: these end with their head whatever a Content-Length says, which llhttp
/// would believe. A 101 is left to llhttp, for it switches.
bool has_no_body(std::uint16_t status) noexcept {
  return (status >= 100 && status < 200 && status != 101) || status == 204 || status == 304;
}

}  // namespace

/// llhttp's C callbacks; `data` is the parser.
struct Http1Callbacks {
  static Http1Parser& of(llhttp_t* raw) noexcept { return *static_cast<Http1Parser*>(raw->data); }

  static int message_begin(llhttp_t* raw) noexcept {
    auto& self = of(raw);
    self.in_head_ = true;
    self.between_messages_ = false;
    self.head_bytes_ = 0;
    self.events_.on_message_begin();
    return 0;
  }

  static int url(llhttp_t* raw, const char* at, std::size_t size) noexcept {
    of(raw).events_.on_target({at, size});
    return 0;
  }

  static int header_name(llhttp_t* raw, const char* at, std::size_t size) noexcept {
    of(raw).events_.on_header_name({at, size});
    return 0;
  }

  static int header_value(llhttp_t* raw, const char* at, std::size_t size) noexcept {
    of(raw).events_.on_header_value({at, size});
    return 0;
  }

  static int headers_complete(llhttp_t* raw) noexcept {
    auto& self = of(raw);
    self.in_head_ = false;
    Http1Head head;
    head.is_version_10 = raw->http_major == 1 && raw->http_minor == 0;
    if (raw->type == HTTP_REQUEST) {
      const auto method = static_cast<llhttp_method_t>(raw->method);
      head.method = llhttp_method_name(method);
      // An `Upgrade` is the server's to take or leave: HTTP goes on until a 101 comes back.
      if (method != HTTP_CONNECT) raw->upgrade = 0;
    } else {
      head.status = raw->status_code;
    }
    // llhttp: 1 skips the body, 2 says that another protocol follows.
    switch (self.events_.on_head(head)) {
      case BodyRule::FromHead: return has_no_body(head.status) ? 1 : 0;
      case BodyRule::None: return 1;
      case BodyRule::Tunnel: return 2;
    }
    return -1;
  }

  static int body(llhttp_t* raw, const char* at, std::size_t size) noexcept {
    of(raw).events_.on_content({at, size});
    return 0;
  }

  static int message_complete(llhttp_t* raw) noexcept {
    of(raw).between_messages_ = true;
    of(raw).events_.on_message_end();
    return 0;
  }

  static llhttp_settings_t make_settings(Http1Parser::Headers headers) noexcept {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_message_begin = message_begin;
    made.on_url = url;
    made.on_headers_complete = headers_complete;
    made.on_body = body;
    made.on_message_complete = message_complete;
    if (headers == Http1Parser::Headers::Told) {
      made.on_header_field = header_name;
      made.on_header_value = header_value;
    }
    return made;
  }

  static const llhttp_settings_t& settings(Http1Parser::Headers headers) noexcept {
    static const llhttp_settings_t skipped = make_settings(Http1Parser::Headers::Skipped);
    static const llhttp_settings_t told = make_settings(Http1Parser::Headers::Told);
    return headers == Http1Parser::Headers::Told ? told : skipped;
  }
};

Http1Parser::Http1Parser(Reads reads, Headers headers, Http1Events& events) noexcept
    : events_(events), tells_headers_(headers == Headers::Told) {
  llhttp_init(&parser_, reads == Reads::Requests ? HTTP_REQUEST : HTTP_RESPONSE,
              &Http1Callbacks::settings(headers));
  parser_.data = this;
  llhttp_set_lenient_headers(&parser_, 1);
  llhttp_set_lenient_keep_alive(&parser_, 1);
  // RFC 9112, 6.3, rule 3: Transfer-Encoding stands.
  llhttp_set_lenient_chunked_length(&parser_, 1);
}

Http1Parser::Progress Http1Parser::feed(std::string_view bytes) noexcept {
  if (status_ != Status::Ok) return {status_, 0};
  const auto plain = feed_plain(bytes);
  bytes.remove_prefix(plain);
  if (bytes.empty() || status_ != Status::Ok) return {status_, plain};
  const auto result = llhttp_execute(&parser_, bytes.data(), bytes.size());
  std::size_t consumed = bytes.size();
  if (result != HPE_OK) {
    const char* stopped_at = llhttp_get_error_pos(&parser_);
    consumed = stopped_at == nullptr ? 0 : static_cast<std::size_t>(stopped_at - bytes.data());
    status_ = result == HPE_PAUSED_UPGRADE ? Status::Switched : Status::Malformed;
  } else if (in_head_) {
    // Counted by the read, not by the byte: a head that ends within the read is never too large.
    head_bytes_ += static_cast<std::uint32_t>(std::min(bytes.size(), kMostHeadBytes + 1));
    if (head_bytes_ > kMostHeadBytes) status_ = Status::HeadTooLarge;
  }
  return {status_, plain + consumed};
}

/// The plain messages at the beginning of `bytes`, and the body of the one before.
std::size_t Http1Parser::feed_plain(std::string_view bytes) noexcept {
  std::size_t fed = feed_plain_body(bytes);
  while (between_messages_ && status_ == Status::Ok && fed < bytes.size()) {
    const auto message = feed_plain_message(bytes.substr(fed));
    if (message == 0) break;
    fed += message;
  }
  return fed;
}

std::size_t Http1Parser::feed_plain_message(std::string_view bytes) noexcept {
  PlainHead plain;
  const bool is_request = parser_.type == HTTP_REQUEST;
  const bool is_plain =
      is_request ? read_plain_request(bytes, plain) : read_plain_response(bytes, plain);
  if (!is_plain) return 0;
  between_messages_ = false;
  events_.on_message_begin();
  if (is_request) events_.on_target(plain.target);
  if (tells_headers_) {
    for (std::size_t i = 0; i < plain.field_count; ++i) {
      const auto& field = plain.fields[i];
      events_.on_header(plain.text(field.name), plain.text(field.value));
    }
  }
  const auto rule = events_.on_head({plain.method, plain.status, false});
  if (rule == BodyRule::Tunnel) {
    events_.on_message_end();
    status_ = Status::Switched;
    return plain.size;
  }
  const bool has_body = rule == BodyRule::FromHead && !has_no_body(plain.status);
  plain_body_left_ = has_body ? plain.body_bytes : 0;
  if (plain_body_left_ != 0) return plain.size + feed_plain_body(bytes.substr(plain.size));
  between_messages_ = true;
  events_.on_message_end();
  return plain.size;
}

std::size_t Http1Parser::feed_plain_body(std::string_view bytes) noexcept {
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(plain_body_left_, bytes.size()));
  if (size == 0) return 0;
  events_.on_content(bytes.substr(0, size));
  plain_body_left_ -= size;
  if (plain_body_left_ != 0) return size;
  between_messages_ = true;
  events_.on_message_end();
  return size;
}

bool Http1Parser::finish() noexcept {
  if (status_ != Status::Ok) return status_ == Status::Switched;
  if (plain_body_left_ != 0) return false;
  return llhttp_finish(&parser_) == HPE_OK;
}

void Http1Parser::resume() noexcept {
  if (status_ != Status::Switched) return;
  status_ = Status::Ok;
  llhttp_resume_after_upgrade(&parser_);
}

}  // namespace meshctl::http
