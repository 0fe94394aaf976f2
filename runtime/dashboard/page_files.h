#pragma once

#include <span>
#include <string_view>

namespace meshctl::dashboard {

/// A file of the page, built into the program.
struct PageFile {
  std::string_view path;  ///< `/app.js`; the page itself is `/`
  std::string_view content_type;
  std::string_view etag;  ///< with its quotes
  std::string_view gzip;  ///< the bytes, compressed (RFC 1952)
};

/// All of them. Generated from page/ and the dygraphs package by embed.cmake.
[[nodiscard]] std::span<const PageFile> page_files() noexcept;

}  // namespace meshctl::dashboard
