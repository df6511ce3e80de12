// Targets with everything resolved, and the names that lead to them.
#pragma once

#include "config/model.hpp"
#include "routes/compile_log.hpp"
#include "routes/name_table.hpp"
#include "routes/policy.hpp"

#include <string>
#include <vector>

namespace nearfar::routes {

// Price, context and what a model can do: from the file, else the catalog by the preset's vendor, else
// unknown. The device tier and `free` cost 0; the catalog's prices are vendors' prices, so they are
// taken for remote providers only.
std::vector<target> compile_targets(const config::configuration& from, compile_log& log);

struct compiled_names {
  name_table names;
  std::vector<std::string> listed;  // entries of `models` without globs
};
compiled_names compile_names(const config::configuration& from, const std::vector<target>& targets,
                             compile_log& log);

// Loopback hosts and unix sockets need no link.
bool is_loopback(std::string_view url);

}  // namespace nearfar::routes
