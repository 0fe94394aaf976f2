#include "cli/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/file_io.h"

namespace meshctl::cli {
namespace {

constexpr std::string_view kVariable = "MESHCTL_TOKEN";

/// Chosen: what reads the request takes 2 KiB of a field.
constexpr std::size_t kMostTokenBytes = 1024;

/// What a header can carry (RFC 6750, 2.1 is narrower; secrets of other tools are not).
bool is_visible(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

Result<std::string, UsageProblem> read_token(const std::string& file) {
  std::string token;
  std::string source(kVariable);
  if (!file.empty()) {
    auto text = read_file(file);
    if (!text) return fail(UsageProblem{text.error().problem, text.error().hint});
    token = text->substr(0, text->find_first_of("\r\n"));
    source = file;
  } else if (const char* value = std::getenv(source.c_str()); value != nullptr && *value != '\0') {
    token = value;
  } else {
    return token;
  }
  if (token.size() > kMostTokenBytes) {
    return fail(UsageProblem{
        fmt::format("the token in {} is longer than {} bytes", source, kMostTokenBytes),
        "write a shorter one, as by openssl rand -hex 32"});
  }
  if (is_visible(token)) return token;
  return fail(UsageProblem{fmt::format("{} holds no token", source),
                           "write a secret of printable characters into its first line, as by "
                           "openssl rand -hex 32"});
}

}  // namespace meshctl::cli
