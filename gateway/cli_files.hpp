// Which configuration file a command means.
#pragma once

#include <string>

namespace nearfar::gateway {

// `given`, else the first default that exists; empty after saying that there is none.
std::string choose_file(const std::string& given);
// False after saying why not.
bool readable(const std::string& file);

}  // namespace nearfar::gateway
