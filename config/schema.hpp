// The JSON Schema of the configuration, made from the field table: for editors, and for checks where the
// gateway itself is not at hand.
#pragma once

#include <string>

namespace nearfar::config {

// Draft 2020-12 (json-schema.org), as config/nearfar.schema.json holds it. What a schema cannot say
// (references, which keys fit together, what a client could loosen) is left to `nearfar check`; what it
// does say never refuses a file that the reader takes.
std::string configuration_schema();
// The same of a preset file, as config/preset.schema.json holds it.
std::string preset_schema();

}  // namespace nearfar::config
