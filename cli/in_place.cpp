#include "cli/in_place.h"

#include <set>

#include "cli/file_replacement.h"
#include "cli/held_signals.h"

namespace meshctl::cli {

Rewritten replace_files(const std::vector<Rewrite>& rewrites, ProgressLine& progress) {
  const HeldSignals signals;
  progress.begin("writing", rewrites.size());
  std::vector<FileReplacement> replacements;
  replacements.reserve(rewrites.size());
  for (const Rewrite& rewrite : rewrites) {
    auto replacement = FileReplacement::prepare(std::string(rewrite.path), rewrite.text);
    if (!replacement) return {0, std::move(replacement.error())};
    if (signals.has_come()) return {};  // the process ends once `signals` is gone
    replacements.push_back(std::move(*replacement));
    progress.advance();
  }
  Rewritten rewritten;
  std::set<std::string> folders;
  for (FileReplacement& replacement : replacements) {
    auto placed = replacement.commit();
    if (!placed) {
      rewritten.error = std::move(placed.error());
      break;
    }
    folders.insert(replacement.folder());
    ++rewritten.files;
  }
  for (const std::string& folder : folders) sync_folder(folder);
  return rewritten;
}

}  // namespace meshctl::cli
