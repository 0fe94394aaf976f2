#include "cli/manifest_report_json.h"

#include <nlohmann/json.hpp>

namespace meshctl::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(inject::Severity severity) {
  switch (severity) {
    case inject::Severity::Error: return "error";
    case inject::Severity::Warning: return "warning";
    case inject::Severity::Note: return "note";
  }
  return "";
}

Json json_of(const inject::ObjectReport& object) {
  Json ports = Json::array();
  for (const auto& port : object.ports) ports.push_back({{"from", port.from}, {"to", port.to}});
  return {{"file", object.file},           {"line", object.place.line},
          {"column", object.place.column}, {"apiVersion", object.api_version},
          {"kind", object.kind},           {"namespace", object.name_space},
          {"name", object.name},           {"action", name_of(object.action)},
          {"ports", std::move(ports)},     {"reason", object.reason}};
}

Json json_of(const inject::Diagnostic& problem) {
  return {{"severity", name_of(problem.severity)},
          {"file", problem.file},
          {"line", problem.place.line},
          {"column", problem.place.column},
          {"problem", problem.problem},
          {"hint", problem.hint}};
}

Json json_of(const FileError& failure) {
  return json_of(
      inject::about(failure.file, inject::Severity::Error, failure.problem, failure.hint));
}

}  // namespace

std::string report_json(const ManifestReport& report) {
  const auto printed = choose_printed(report);
  Json objects = Json::array();
  // Nothing came of them.
  if (report.exit_code != ExitCode::Failed) {
    for (const auto& object : report.objects) objects.push_back(json_of(object));
  }
  Json problems = Json::array();
  for (const inject::Diagnostic* problem : printed.problems) problems.push_back(json_of(*problem));
  for (const FileError* failure : printed.failures) problems.push_back(json_of(*failure));
  Json files = Json::array();
  for (const FileChange& file : report.files) {
    files.push_back({{"name", file.name}, {"changed", file.changed}});
  }
  const Json document = {{"version", 1},
                         {"objects", std::move(objects)},
                         {"problems", std::move(problems)},
                         {"files", std::move(files)},
                         {"errors_left_out", printed.left_out[0]},
                         {"warnings_left_out", printed.left_out[1]},
                         {"notes_left_out", printed.left_out[2]},
                         {"exit_code", static_cast<int>(report.exit_code)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace meshctl::cli
