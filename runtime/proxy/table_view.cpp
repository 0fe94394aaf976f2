#include "runtime/proxy/table_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "runtime/base/log.h"

namespace meshctl::proxy {
namespace {

using telemetry::SortKey;

/// Rows of raw paths below the live table.
constexpr std::size_t kTopPaths = 5;

bool is_same_device(int one, int other) noexcept {
  struct stat first {};
  struct stat second {};
  return ::isatty(other) == 1 && ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_rdev == second.st_rdev;
}

std::optional<SortKey> sort_of(char key) noexcept {
  switch (key) {
    case 'c': return SortKey::Calls;
    case 'r': return SortKey::Rate;
    case 'e': return SortKey::Errors;
    case 'p': return SortKey::P95;
    case 'i': return SortKey::In;
    case 'o': return SortKey::Out;
    case 'n': return SortKey::Route;
    default: return std::nullopt;
  }
}

/// Columns of each line, without control sequences. None of our characters is wide.
std::vector<std::size_t> columns_of(std::string_view lines) {
  std::vector<std::size_t> columns{0};
  bool in_sequence = false;
  for (const char c : lines) {
    if (c == '\n') {
      columns.push_back(0);
    } else if (in_sequence || c == '\x1b') {
      in_sequence = c < '@' || c > 'Z' ? !(c >= 'a' && c <= 'z') : false;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++columns.back();
    }
  }
  columns.pop_back();
  return columns;
}

/// Rows that the lines take on a terminal of `width` columns, which wraps longer ones.
std::size_t rows_of(const std::vector<std::size_t>& lines, std::size_t width) {
  std::size_t rows = 0;
  for (const auto columns : lines) rows += columns == 0 ? 1 : (columns + width - 1) / width;
  return rows;
}

/// What stood in the rest of each line goes; erasing all at first would flicker.
std::string clearing_line_ends(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += "\x1b[K";
    out.push_back(c);
  }
  return out;
}

}  // namespace

TableView::TableView(net::Loop& loop, const Config& config, net::FileAppender& out)
    : config_(config), out_(out), sort_(config.sort) {
  static_cast<void>(take_said());
  if (!config.is_terminal) return;
  shares_terminal_ = is_same_device(STDOUT_FILENO, STDERR_FILENO);
  if (config.output != Output::Table) return;
  for (const int number : {SIGWINCH, SIGCONT}) {
    signals_.push_back(std::make_unique<net::SignalWatch>(
        loop, number, this, [](void* self, int arrived) noexcept {
          static_cast<TableView*>(self)->on_signal(arrived);
        }));
  }
  // A command of ours reads the terminal itself.
  if (!config.command.empty()) return;
  keyboard_ = net::Keyboard::open(loop, this, [](void* self, char key) noexcept {
    static_cast<TableView*>(self)->on_key(key);
  });
}

telemetry::TableStyle TableView::style() const {
  telemetry::TableStyle style;
  style.colour = config_.shows_colours;
  style.sort = sort_;
  winsize size{};
  if (!config_.is_terminal || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return style;
  if (size.ws_col > 0) style.columns = size.ws_col;
  // The cursor stands in the line below.
  if (size.ws_row > 1) style.rows = size.ws_row - std::size_t{1};
  return style;
}

void TableView::show(telemetry::Snapshot snapshot) {
  history_.add(snapshot.uptime, snapshot.totals.calls);
  before_ = std::exchange(shown_, std::move(snapshot));
  paint();
}

void TableView::paint() {
  auto style = this->style();
  if (config_.is_terminal) style.max_paths = kTopPaths;
  style.keys = keyboard_ != nullptr;
  const auto table =
      telemetry::terminal_table(*shown_, before_ ? &*before_ : nullptr, style, &history_);
  out_.append(config_.is_terminal ? over_the_last(table) : table);
}

void TableView::replace_by(std::string_view text) {
  out_.append(config_.is_terminal ? over_the_last(text) : std::string(text));
  painted_.clear();
}

std::string TableView::over_the_last(std::string_view text) {
  const auto said = take_said();
  const bool is_first = painted_.empty();
  std::string out;
  if (!is_first) {
    auto standing = painted_;
    if (shares_terminal_) {
      const auto below = columns_of(said);
      standing.insert(standing.end(), below.begin(), below.end());
    }
    // The return is for a `^C` that the terminal has echoed.
    out = fmt::format("\r\x1b[{}A", rows_of(standing, style().columns));
    if (shares_terminal_) out += clearing_line_ends(said);
  }
  painted_ = columns_of(text);
  return out + clearing_line_ends(text) + "\x1b[J";
}

void TableView::on_key(char key) noexcept {
  const auto sort = sort_of(key);
  if (!sort || !shown_) return;
  sort_ = *sort;
  paint();
}

void TableView::on_signal(int number) noexcept {
  if (number == SIGCONT) {
    if (keyboard_) keyboard_->resume();
    painted_.clear();  // the shell has written below it
  }
  if (shown_) paint();
}

}  // namespace meshctl::proxy
