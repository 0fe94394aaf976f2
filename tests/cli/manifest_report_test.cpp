#include "cli/manifest_report.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cli/manifest_report_json.h"

namespace meshctl::cli {
namespace {

using inject::Severity;

inject::Diagnostic problem(Severity severity, std::string file, inject::Place place,
                           std::string text) {
  inject::Diagnostic made = inject::about(std::move(file), severity, std::move(text));
  made.place = place;
  made.source_line = "the line";
  made.caret = 1;
  return made;
}

inject::ObjectReport pod(std::string name) {
  inject::ObjectReport object;
  object.file = "a.yml";
  object.place = {3, 1};
  object.api_version = "v1";
  object.kind = "Pod";
  object.name = std::move(name);
  object.action = inject::Action::Injected;
  object.ports = {{"8087", "14001"}};
  return object;
}

TEST_CASE("problems come in the order of files, lines and columns; those of no file are last") {
  ManifestReport report;
  report.files = {{"b.yml"}, {"a.yml"}};
  report.problems = {
      problem(Severity::Warning, "", {}, "6"),
      problem(Severity::Note, "a.yml", {1, 1}, "5"),
      problem(Severity::Warning, "b.yml", {2, 9}, "3"),
      problem(Severity::Note, "b.yml", {2, 4}, "2"),
      problem(Severity::Warning, "b.yml", {10, 1}, "4"),
      problem(Severity::Note, "b.yml", {}, "1"),
  };
  std::string order;
  for (const auto* each : choose_printed(report).problems) order += each->problem;
  CHECK(order == "123456");
}

TEST_CASE("the first of many problems are printed, the rest is counted") {
  ManifestReport report;
  report.exit_code = ExitCode::Failed;
  for (int i = 0; i < 51; ++i) {
    report.problems.push_back(inject::about("f", Severity::Warning, "w"));
    report.problems.push_back(inject::about("f", Severity::Note, "n"));
    if (i < 19) report.problems.push_back(inject::about("f", Severity::Error, "e"));
  }
  report.problems.push_back(inject::about("", Severity::Note, "of the run as a whole"));
  report.failures = {{"x", "cannot read x", ""}, {"y", "cannot read y", ""}, {"z", "z", ""}};
  const auto text = report_text(report, false);
  CHECK(text.find("meshctl: error: cannot read x\n") != std::string::npos);
  CHECK(text.find("cannot read y") == std::string::npos);
  CHECK(text.find("meshctl: note: of the run as a whole\n") != std::string::npos);
  CHECK(
      text.ends_with("meshctl: error: and 2 more errors\nmeshctl: warning: and 1 more warning\n"
                     "meshctl: note: and 1 more note\n"));
  CHECK(report_text(report, true).find("note") == std::string::npos);
}

TEST_CASE("no name moves the cursor or feigns a line") {
  ManifestReport report;
  report.problems = {problem(Severity::Warning, "a\x1b.yml", {1, 1}, "'\n' is odd")};
  report.problems[0].hint = "\r";
  report.problems[0].source_line = "x\xC2\x9Bx";
  report.objects = {pod("\x1b[2J\nmeshctl: error: no")};
  report.closing = {"a\n would change"};
  CHECK(report_text(report, false) ==
        "meshctl: warning: a\\x1b.yml:1:1: '\\x0a' is odd\n"
        "    1 | x x\n"
        "        ^\n"
        "hint: \\x0d\n"
        "pod/\\x1b[2J\\x0ameshctl: error: no injected: 8087 -> 14001\n"
        "meshctl: a\\x0a would change\n");
}

TEST_CASE("objects are told of only when something came of them") {
  ManifestReport report;
  report.objects = {pod("p")};
  CHECK(report_text(report, false) == "pod/p injected: 8087 -> 14001\n");
  CHECK(report_text(report, true).empty());
  report.is_done = false;
  CHECK(report_text(report, false).empty());
  report.is_done = true;
  report.exit_code = ExitCode::Failed;
  CHECK(report_text(report, false).empty());
  CHECK(report_json(report).find("\"objects\": []") != std::string::npos);
}

TEST_CASE("the JSON document is valid UTF-8 whatever the names are") {
  ManifestReport report;
  report.objects = {pod("\xFF")};
  report.files = {{"\xC3.yml", true}};
  const auto json = report_json(report);
  CHECK(json.find("\"name\": \"\xEF\xBF\xBD\"") != std::string::npos);
  CHECK(json.find("\"name\": \"\xEF\xBF\xBD.yml\"") != std::string::npos);
  CHECK(json.ends_with("}\n"));
}

}  // namespace
}  // namespace meshctl::cli
