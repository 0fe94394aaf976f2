#include "runtime/dashboard/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "runtime/dashboard/page_files.h"
#include "runtime/dashboard/series_json.h"
#include "runtime/dashboard/services_json.h"
#include "runtime/web/field_value.h"

namespace meshctl::dashboard {
namespace {

constexpr std::string_view kJson = "application/json";
/// Scripts and styles of our own alone, and nothing that frames, posts or rebases.
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
    "'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\nCache-Control: no-cache\r\n"
    "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
/// The longest range that is asked for.
constexpr Millis kMostRange = Millis{366} * 24 * 3600 * 1000;

/// Takes as long whatever differs.
bool is_same_secret(std::string_view a, std::string_view b) noexcept {
  unsigned differences = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && !b.empty(); ++i)
    differences |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                         static_cast<unsigned char>(b[i % b.size()]));
  return differences == 0;
}

/// Of an Authorization field (RFC 6750, 2.1); empty where it holds none. The scheme's case does not
/// matter (RFC 9110, 11.1).
std::string_view bearer_token(std::string_view field) {
  constexpr std::string_view kScheme = "bearer ";
  const bool is_bearer = web::equals_ignoring_case(field.substr(0, kScheme.size()), kScheme);
  return is_bearer ? field.substr(kScheme.size()) : std::string_view{};
}

web::Response refuse(std::uint16_t status, std::string_view words) {
  return {.status = status, .body = fmt::format("{}\n", words)};
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// application/x-www-form-urlencoded (WHATWG URL, 5.1), as URLSearchParams writes it.
std::map<std::string, std::string> read_query(std::string_view target) {
  std::map<std::string, std::string> query;
  const auto mark = target.find('?');
  std::string name;
  std::string value;
  std::string* part = &name;
  const auto rest = mark == target.npos ? std::string_view{} : target.substr(mark + 1);
  for (std::size_t i = 0; i <= rest.size(); ++i) {
    if (i == rest.size() || rest[i] == '&') {
      if (!name.empty()) query[std::exchange(name, {})] = std::exchange(value, {});
      part = &name;
    } else if (rest[i] == '=' && part == &name) {
      part = &value;
    } else if (rest[i] == '+') {
      part->push_back(' ');
    } else if (rest[i] == '%' && i + 2 < rest.size() && hex_digit(rest[i + 1]) >= 0 &&
               hex_digit(rest[i + 2]) >= 0) {
      part->push_back(static_cast<char>(hex_digit(rest[i + 1]) * 16 + hex_digit(rest[i + 2])));
      i += 2;
    } else {
      part->push_back(rest[i]);
    }
  }
  return query;
}

std::optional<Millis> read_millis(const std::string& text) {
  Millis value = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) return std::nullopt;
  return value;
}

web::Response page(const PageFile& file, const web::Request& request) {
  if (request.if_none_match == file.etag) return {.status = 304, .headers = kPageHeaders};
  // Every browser takes it; who does not say so is told the choice (RFC 9110, 12.5.3 and 15.5.7).
  if (!web::accepts_coding(request.accept_encoding, "gzip"))
    return refuse(406,
                  "the page is for browsers and comes as gzip (curl --compressed); the figures for "
                  "programs are at /api/v1/services");
  web::Response response{.content_type = file.content_type, .body = std::string(file.gzip)};
  response.headers = kPageHeaders;
  response.more_headers = fmt::format("ETag: {}\r\n", file.etag);
  return response;
}

web::Response series_answer(const Result<History::Excerpt, std::string>& excerpt, bool as_csv,
                            bool with_heatmap) {
  if (!excerpt) return refuse(503, excerpt.error());
  if (as_csv) {
    return {.content_type = "text/csv; charset=utf-8; header=present",
            .body = series_csv(*excerpt),
            .headers = "Content-Disposition: attachment; filename=\"meshctl.csv\"\r\n"};
  }
  return {.content_type = kJson, .body = series_json(*excerpt, with_heatmap)};
}

}  // namespace

bool Api::is_push(const web::Request& request) noexcept {
  return request.path() == "/api/v1/push" && request.origin.empty() && request.fetch_site.empty();
}

web::Response Api::answer(const web::Request& request) {
  const auto path = request.path();
  if (path == "/api/v1/push") {
    if (request.method != "POST")
      return {.status = 405, .body = "pushes are POSTed here\n", .allow = "POST"};
    return push(request);
  }
  const auto is_known = [&](const PageFile& file) { return file.path == path; };
  const auto file = std::ranges::find_if(page_files(), is_known);
  const bool is_api = path == "/api/v1/services" || path == "/api/v1/series" ||
                      path == "/api/v1/events" || path == "/healthz";
  if (!is_api && file == page_files().end()) return refuse(404, "there is nothing here");
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "this is only read\n", .allow = "GET, HEAD"};
  if (path == "/healthz") {
    const auto trouble = parts_.trouble();
    return trouble.empty() ? web::Response{.body = "ok\n"} : refuse(503, trouble);
  }
  if (path == "/api/v1/services") return {.content_type = kJson, .body = services()};
  if (path == "/api/v1/series") return series(request);
  if (path == "/api/v1/events") {
    return {.content_type = "text/event-stream",
            .body = event(),
            .headers = "X-Accel-Buffering: no\r\n",
            .is_stream = true};
  }
  return page(*file, request);
}

const std::string& Api::services() {
  // At most one a second is made, however many ask.
  const auto now = parts_.now();
  if (services_.empty() || now - services_at_ >= 1000 || now < services_at_) {
    services_ = services_json(parts_.board, now, {++id_, parts_.retention, parts_.trouble()});
    services_at_ = now;
  }
  return services_;
}

std::string Api::event() {
  const auto& document = services();
  return fmt::format("event: services\nid: {}\ndata: {}\n\n", id_, document);
}

web::Response Api::push(const web::Request& request) {
  if (!parts_.takes_pushes)
    return refuse(403, "this dashboard reads from Prometheus, and takes no pushes");
  if (!parts_.token.empty()) {
    const std::string_view given = request.authorization;
    const bool is_right = is_same_secret(bearer_token(given), parts_.token);
    if (!is_right) {
      auto response = refuse(401, given.empty() ? "this dashboard takes pushes with a token only"
                                                : "the token is not the one of this dashboard");
      response.headers = "WWW-Authenticate: Bearer\r\n";
      return response;
    }
  }
  if (!web::equals_ignoring_case(web::media_type(request.content_type), kJson))
    return refuse(415, "a push is application/json");
  auto read = read_push(request.body);
  if (!read) return refuse(400, read.error());
  const bool is_last = read->is_final;
  const auto taken = parts_.board.take(std::move(*read), parts_.now());
  if (!taken) {
    const auto& refused = taken.error();
    if (refused.why == PushRefusal::Contradiction) return refuse(409, refused.words);
    return refuse(503, fmt::format("{}; past that, let Prometheus scrape them", refused.words));
  }
  if (is_last) parts_.on_last_push();
  return {.content_type = kJson,
          .body = *taken ? R"({"taken":true})"
                         : R"({"taken":false,"reason":"older than what is known"})"};
}

web::Response Api::series(const web::Request& request) {
  auto query = read_query(request.target);
  for (const auto& entry : query) {
    constexpr std::string_view kKnown[] = {"service", "namespace", "pod",     "route",
                                           "from",    "to",        "heatmap", "format"};
    if (std::ranges::find(kKnown, entry.first) == std::end(kKnown))
      return refuse(400,
                    "a parameter is unknown; known are service, namespace, pod, route, from, to, "
                    "heatmap and format");
  }
  if (query["service"].empty()) return refuse(400, "name a service: ?service=NAME");
  if (!query["pod"].empty() && !query["route"].empty())
    return refuse(400, "ask for a pod or for a route: routes are counted over all pods");
  const auto now = parts_.now();
  const auto to = query["to"].empty() ? std::optional(now) : read_millis(query["to"]);
  const auto from = query["from"].empty() ? std::optional(to.value_or(now) - 15 * 60 * 1000)
                                          : read_millis(query["from"]);
  if (!from || !to || *from >= *to || *to - *from > kMostRange)
    return refuse(400, "from and to are milliseconds since 1970, from before to, a year at most");
  if (!query["format"].empty() && query["format"] != "csv" && query["format"] != "json")
    return refuse(400, "format is json or csv");

  // Nothing is known of the future, and to look at its slots one by one would take years.
  const auto end = std::min(*to, now + Board::kSlotMillis);
  const auto begin = std::min(*from, end);
  const Subject subject{query["namespace"], query["service"], query["pod"], query["route"]};
  const bool as_csv = query["format"] == "csv";
  const bool with_heatmap = query["heatmap"] == "1";
  if (!parts_.history) {
    return {.later = [this, subject, begin, end, as_csv,
                      with_heatmap](std::function<void(web::Response)> done) {
      parts_.ask_prometheus(subject, begin, end,
                            [done = std::move(done), as_csv,
                             with_heatmap](const Result<History::Excerpt, std::string>& excerpt) {
                              done(series_answer(excerpt, as_csv, with_heatmap));
                            });
    }};
  }
  // On the pool: it waits for the disk, and for what is being stored.
  return {.make = [history = parts_.history, subject, begin, end, now, as_csv, with_heatmap] {
    return series_answer(history->read(subject, begin, end, now), as_csv, with_heatmap);
  }};
}

}  // namespace meshctl::dashboard
