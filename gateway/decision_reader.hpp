// Lines of the decision log back into records.
#pragma once

#include "routes/decision_record.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// False with the reason in `why`: not a line of a decision log. On success bind() was called.
bool read_decision(std::string_view line, routes::decision_record& out, std::string& why);

// Every line of a file in order; rotated neighbours are not looked for. The visitor returns false to stop.
// Nonempty: why the file or a line of it could not be read, with the line's number.
std::string read_decisions(const std::string& file,
                           const std::function<bool(routes::decision_record&)>& visit);
// The same of an open file; `name` is for the message.
std::string read_decisions(std::istream& log, const std::string& name,
                           const std::function<bool(routes::decision_record&)>& visit);

}  // namespace nearfar::gateway
