#include "cli/inject/object_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace meshctl::inject {

std::string_view name_of(Action action) {
  switch (action) {
    case Action::Injected: return "injected";
    case Action::Retargeted: return "retargeted";
    case Action::Restored: return "restored";
    case Action::Skipped: return "skipped";
  }
  return "";
}

std::string describe(const ObjectReport& report) {
  std::string kind;
  std::ranges::transform(report.kind, std::back_inserter(kind), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  auto text = fmt::format("{}/{} {}", kind, report.name.empty() ? "(no name)" : report.name,
                          name_of(report.action));
  std::string_view separator = ": ";
  for (const PortChange& port : report.ports) {
    text += fmt::format("{}{} -> {}{}", separator, port.from, port.to,
                        port.from == "auto" ? " (found at run time)" : "");
    separator = ", ";
  }
  return report.reason.empty() ? text : fmt::format("{}: {}", text, report.reason);
}

}  // namespace meshctl::inject
