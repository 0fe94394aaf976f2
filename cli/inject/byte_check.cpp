#include "cli/inject/byte_check.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "cli/inject/json_stream.h"

namespace meshctl::inject {
namespace {

using std::string_view_literals::operator""sv;

/// The Unicode encoding form that the text is in, if it is one that is not UTF-8; else empty. All
/// manifests begin with ASCII characters, so a byte order mark is not needed to tell.
std::string_view wide_encoding(std::string_view text) {
  if (text.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32";
  if (text.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv)) return "UTF-16";
  if (text.size() < 4) return {};
  const auto pattern = [&](std::array<bool, 4> is_nul) {
    for (std::size_t i = 0; i < is_nul.size(); ++i) {
      if ((text[i] == '\0') != is_nul[i]) return false;
    }
    return true;
  };
  if (pattern({false, true, true, true})) return "UTF-32LE";
  if (pattern({true, true, true, false})) return "UTF-32BE";
  if (pattern({false, true, false, true})) return "UTF-16LE";
  if (pattern({true, false, true, false})) return "UTF-16BE";
  return {};
}

std::optional<Diagnostic> find_other_format(const SourceText& source) {
  const std::string_view text = source.bytes();
  if (text.starts_with("\x1F\x8B")) {
    return about(source.name(), Severity::Error, "this is compressed by gzip",
                 "unpack it first, as in `gunzip -c FILE | meshctl inject -`");
  }
  if (const auto encoding = wide_encoding(text); !encoding.empty()) {
    return about(source.name(), Severity::Error,
                 fmt::format("this is {}, which would be changed on the way", encoding),
                 fmt::format("convert it to UTF-8, as with `iconv -f {} -t UTF-8`", encoding));
  }
  return std::nullopt;
}

bool is_control(unsigned char byte) {
  return (byte < 0x20U && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7FU;
}

/// Whether a character that YAML does not allow begins at `offset` (YAML 1.1, 5.1): a control
/// character of ASCII or ISO 8859, without NEL, or one of U+FFFE and U+FFFF.
bool is_forbidden(std::string_view text, std::size_t offset) {
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (is_control(byte)) return true;
  if (byte != 0xC2U && byte != 0xEFU) return false;
  const auto next = offset + 1 < text.size() ? static_cast<unsigned char>(text[offset + 1]) : 0U;
  if (byte == 0xC2U) return next >= 0x80U && next < 0xA0U && next != 0x85U;
  const auto third = offset + 2 < text.size() ? static_cast<unsigned char>(text[offset + 2]) : 0U;
  return next == 0xBFU && (third == 0xBEU || third == 0xBFU);
}

/// JSON may hold any character but those of ASCII below the space, which its reader refuses.
std::optional<Diagnostic> find_control(const SourceText& source) {
  const std::string_view text = source.bytes();
  if (is_json_stream(source)) {
    const auto nul = text.find('\0');
    if (nul == std::string_view::npos) return std::nullopt;
    return at(source, nul, Severity::Error, "a NUL byte stands here",
              "a manifest is text; is this the right file?");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_forbidden(text, i)) continue;
    if (text[i] == '\0') {
      return at(source, i, Severity::Error, "a NUL byte stands here",
                "a manifest is text; is this the right file?");
    }
    return at(source, i, Severity::Error, "a control character stands here, which YAML forbids",
              "remove it, or write it as an escape in double quotes; is this the right file?");
  }
  return std::nullopt;
}

/// kubectl skips a byte order mark in some places and takes it for text in others.
std::optional<Diagnostic> find_inner_bom(const SourceText& source) {
  const std::string_view text = source.bytes();
  for (auto bom = text.find(kBom, source.has_bom() ? kBom.size() : 0);
       bom != std::string_view::npos; bom = text.find(kBom, bom + 1)) {
    const bool opens_line = text[bom - 1] == '\n' || (bom == kBom.size() && source.has_bom());
    if (!opens_line || is_json_stream(source)) continue;
    return at(source, bom, Severity::Error, "a byte order mark stands in the middle of the text",
              "it is U+FEFF, left over where files were joined; remove it");
  }
  return std::nullopt;
}

std::optional<Diagnostic> find_lone_cr(const SourceText& source) {
  const std::string_view text = source.bytes();
  for (auto cr = text.find('\r'); cr != std::string_view::npos; cr = text.find('\r', cr + 1)) {
    if (cr + 1 < text.size() && text[cr + 1] == '\n') {
      ++cr;
      continue;
    }
    return at(source, cr, Severity::Error, "a carriage return without a line feed ends this line",
              "convert the line ends to LF or CRLF");
  }
  return std::nullopt;
}

}  // namespace

void check_bytes(const SourceText& source, Diagnostics& problems) {
  for (const auto find : {find_other_format, find_control, find_inner_bom, find_lone_cr}) {
    if (auto problem = find(source)) {
      problems.push_back(std::move(*problem));
      return;
    }
  }
}

}  // namespace meshctl::inject
