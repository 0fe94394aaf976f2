#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/http/hpack_decoder.h"

namespace meshctl::http {

/// Hears of the frames of one direction.
class Http2Events {
 public:
  /// The first byte of a HEADERS frame; fields and on_headers_end() follow.
  virtual void on_headers_begin(std::uint32_t stream) noexcept = 0;
  /// A field of the block at hand. Those of a PUSH_PROMISE are not told.
  virtual void on_field(std::string_view name, std::string_view value) noexcept = 0;
  virtual void on_headers_end(bool ends_stream) noexcept = 0;
  /// Content of a DATA frame, without padding, in pieces.
  virtual void on_data(std::uint32_t stream, std::string_view bytes) noexcept = 0;
  /// The DATA frame that ends the stream is complete.
  virtual void on_data_end(std::uint32_t stream) noexcept = 0;
  virtual void on_reset(std::uint32_t stream, std::uint32_t error_code) noexcept = 0;
  /// A SETTINGS frame; the header table size if it has one.
  virtual void on_settings(std::optional<std::uint32_t> header_table_size) noexcept = 0;
  virtual void on_settings_ack() noexcept = 0;
  /// A GOAWAY frame: of the peer's streams, those above `last_stream` were not processed.
  virtual void on_goaway(std::uint32_t last_stream) noexcept = 0;

 protected:
  ~Http2Events() = default;
};

/// Walks the frames of one direction of an HTTP/2 connection (RFC 9113), cut anywhere. Sans-I/O.
/// Header blocks are decoded, content is counted in place, everything else is passed over by its
/// length.
class Http2Parser final : private FieldSink {
 public:
  enum class Sends : std::uint8_t {
    Client,  ///< the preface comes first (RFC 9113, 3.4)
    Server,
  };
  enum class Status : std::uint8_t {
    Ok,
    Malformed,     ///< no HTTP/2; nothing more is read
    HeadTooLarge,  ///< a header block beyond kMostBlockBytes; nothing more is read
  };

  Http2Parser(Sends sends, Http2Events& events);
  Http2Parser(const Http2Parser&) = delete;
  Http2Parser& operator=(const Http2Parser&) = delete;

  Status feed(std::string_view bytes) noexcept;
  /// What the other direction's SETTINGS granted, once this one has acknowledged them. Applied
  /// before the next block.
  void set_header_table_size(std::uint32_t bytes) noexcept { decoder_.set_table_size(bytes); }

  /// As much as common servers take for one head, 4 to 8 times over, compressed.
  static constexpr std::size_t kMostBlockBytes = 64 * 1024;

 private:
  enum class Step : std::uint8_t { Preface, Header, Prefix, Content, Padding };

  void on_field(std::string_view name, std::string_view value) noexcept override;
  [[nodiscard]] std::string_view take_into_buffer(std::string_view bytes,
                                                  std::size_t wanted) noexcept;
  void read_preface(std::string_view& bytes) noexcept;
  void read_header(std::string_view& bytes) noexcept;
  void begin_frame() noexcept;
  void read_prefix(std::string_view& bytes) noexcept;
  void read_content(std::string_view& bytes) noexcept;
  void read_padding(std::string_view& bytes) noexcept;
  void on_content(std::string_view part) noexcept;
  void on_small_content(std::string_view part) noexcept;
  void on_settings_entry() noexcept;
  void end_frame() noexcept;
  [[nodiscard]] bool has_flag(std::uint8_t flag) const noexcept { return (flags_ & flag) != 0; }
  [[nodiscard]] bool has_padding() const noexcept;
  void fail(Status status) noexcept { status_ = status; }

  Http2Events& events_;
  HpackDecoder decoder_;
  Status status_ = Status::Ok;
  Step step_ = Step::Header;
  /// A frame header, a prefix, a SETTINGS entry or an error code, as far as it has come.
  std::array<std::uint8_t, 24> buffer_{};
  std::size_t buffered_ = 0;
  // The frame at hand.
  std::uint32_t length_ = 0;
  std::uint8_t type_ = 0;
  std::uint8_t flags_ = 0;
  std::uint32_t stream_ = 0;
  std::size_t prefix_ = 0;   ///< pad length, priority, promised stream; the last stream
  std::size_t content_ = 0;  ///< bytes of content still to come
  std::size_t padding_ = 0;
  // The header block at hand, which CONTINUATION frames go on with.
  std::uint32_t block_stream_ = 0;  ///< 0: none
  std::size_t block_bytes_ = 0;
  bool block_ends_stream_ = false;
  bool block_is_told_ = false;
  std::optional<std::uint32_t> table_size_;
};

}  // namespace meshctl::http
