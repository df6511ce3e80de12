// Which configuration a command is about.
#pragma once

#include <string>

namespace nearfar::gateway {

// `given`, else ./nearfar.yaml, else that of the user's configuration folder; empty: there is none.
std::string existing_configuration(const std::string& given);
// The same, empty after saying on standard error that there is none.
std::string choose_configuration(const std::string& given);

// Whether it can be read; where not, standard error says why.
bool readable(const std::string& file);

}  // namespace nearfar::gateway
