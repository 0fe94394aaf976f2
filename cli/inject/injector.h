#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cli/inject/injection.h"
#include "cli/inject/manifest_file.h"
#include "cli/inject/manifests.h"
#include "cli/inject/object_report.h"
#include "cli/inject/objects.h"
#include "cli/inject/proxied_pod.h"
#include "cli/inject/retarget.h"
#include "cli/inject/service.h"
#include "cli/inject/settings.h"

namespace meshctl::inject {

/// Injects the workloads of an input as a whole, and makes what sends traffic to them follow.
class Injector {
 public:
  /// Borrows all for its lifetime. The files must not be injected yet; documents that did not parse
  /// are missing.
  Injector(const std::vector<ManifestFile>& files, const Settings& settings, Emit emit,
           Outcome& outcome);

  /// Plans every object. Problems and reports go to the outcome.
  void plan();
  /// Adds the checked texts to the outcome. Only without errors.
  void carry_out();

  bool found_workloads() const { return found_workloads_; }
  /// Whether an edit is planned for the object that `report` is about.
  bool is_planned(const ObjectReport& report) const;

 private:
  /// An object of the input, and what is planned for it.
  struct Part {
    std::size_t file = 0;      ///< index
    std::size_t document = 0;  ///< index in the file
    FoundObject object;
    std::optional<EditPlan> plan;
    std::optional<ObjectReport> report;
    bool leads_to_proxy = false;  ///< a Service or Route that was retargeted
  };

  const SourceText& source(const Part& part) const { return *files_[part.file].source; }
  const Document& document(const Part& part) const {
    return files_[part.file].documents[part.document];
  }

  bool is_emitted(const Part& part) const;
  void survey();
  void plan_workloads();
  void warn_of_unknown(const Part& part);
  void plan_services();
  void plan_others();
  void note_unreached();
  void emit_some();
  void finish(Part& part, ObjectEdit& edit, std::vector<PortChange> changes);

  const std::vector<ManifestFile>& files_;
  const Settings& settings_;
  const Emit emit_;
  Outcome& outcome_;
  bool found_workloads_ = false;
  /// File, line and column of the objects with a plan.
  std::set<std::tuple<std::string, std::size_t, std::size_t>> planned_;
  std::vector<Part> parts_;
  ServiceIndex services_;
  std::vector<std::size_t> service_parts_;  ///< of each Service in services_ its part
  std::vector<ProxiedPod> pods_;
  std::vector<std::vector<std::size_t>> pods_of_service_;  ///< indexes in pods_
  ServiceRoutes routes_;
};

}  // namespace meshctl::inject
