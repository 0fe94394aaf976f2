#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What the parsers of the tap promise for any bytes. Each answers with what does not hold, in
/// words, or nothing. The first byte of an input chooses options, the rest is what is read.
namespace meshctl::fuzz {

/// What the first bytes say is said as soon as it is clear, and never taken back.
[[nodiscard]] std::string broken_detector(std::string_view input);
/// The same is read wherever the bytes are cut: in two, into single bytes, not at all.
[[nodiscard]] std::string broken_http1(std::string_view input);
[[nodiscard]] std::string broken_http2(std::string_view input);
[[nodiscard]] std::string broken_websocket(std::string_view input);
[[nodiscard]] std::string broken_tls(std::string_view input);
/// A whole conversation, in chunks of a direction, a length of one byte, and so many bytes: the
/// same calls and streams are told wherever it is cut, and none is left over at the end.
[[nodiscard]] std::string broken_tap(std::string_view input);

/// Aborts with what does not hold. For LLVMFuzzerTestOneInput().
int must_hold(std::string (*broken)(std::string_view), const std::uint8_t* data, std::size_t size);

}  // namespace meshctl::fuzz
