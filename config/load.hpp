// From a file or text to a configuration.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"
#include "config/model_lists.hpp"

#include <memory>
#include <string>

namespace nearfar::config {

struct loaded {
  std::shared_ptr<configuration> value;  // null when there are errors
  diagnostics found;
};

// Reads, binds, checks. Opens no port and resolves no secret. A file that cannot be read is one
// diagnostic. `folder` is what relative paths and the file's own `~` are resolved from. `lists` is asked for
// the models of each provider that discovers them; left out, it is those of the file's state folder.
loaded load_file(const std::string& path);
loaded load_text(std::string text, std::string file_name, std::string folder, const list_lookup& lists = {});

}  // namespace nearfar::config
