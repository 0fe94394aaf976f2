#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct nghttp2_hd_inflater;

namespace meshctl::http {

/// Hears of the fields of a header block, in order. Both views are valid during the call only.
class FieldSink {
 public:
  virtual void on_field(std::string_view name, std::string_view value) noexcept = 0;

 protected:
  ~FieldSink() = default;
};

/// Decodes the header blocks of one direction of an HTTP/2 connection (RFC 7541), over nghttp2.
/// Every block of the connection has to pass through, in order: they share a table.
class HpackDecoder {
 public:
  HpackDecoder();
  ~HpackDecoder();
  HpackDecoder(const HpackDecoder&) = delete;
  HpackDecoder& operator=(const HpackDecoder&) = delete;

  /// Reads a part of a block, the last one with `is_last`. False: it is no HPACK, and nothing can
  /// be decoded from here on.
  [[nodiscard]] bool feed(std::string_view part, bool is_last, FieldSink& sink) noexcept;

  /// The table may grow to `bytes` now (SETTINGS_HEADER_TABLE_SIZE, which its receiver has
  /// acknowledged); what is above kMostTableBytes is not granted. Between blocks only.
  void set_table_size(std::uint32_t bytes) noexcept;

  /// Chosen: 16 times the default of RFC 7541. An encoder that really uses more cannot be followed.
  static constexpr std::uint32_t kMostTableBytes = 64 * 1024;

 private:
  struct Free {
    void operator()(nghttp2_hd_inflater* inflater) const noexcept;
  };
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
};

}  // namespace meshctl::http
