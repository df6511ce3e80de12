// The configuration reader: any text gives either a configuration or errors that point into it.
#include "tests/fuzz/targets.hpp"

#include "config/load.hpp"

#include <string>

namespace nearfar::fuzz {

void config(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  const auto loaded = nearfar::config::load_text(std::string{bytes}, "fuzz.yaml", "/");
  require((loaded.value == nullptr) == loaded.found.has_errors(), "a configuration or errors, never both");
  for (const auto& each : loaded.found.all()) {
    require(!each.code.empty() && !each.message.empty(), "a finding has a code and says what");
    require(each.where.line >= 0 && each.where.column >= 0 && each.where.length >= 0, "its place is a place");
  }
  require(
      loaded.found.all().empty() || !loaded.found.render(nearfar::config::diagnostics::style::plain).empty(),
      "findings can be shown");
}

}  // namespace nearfar::fuzz
