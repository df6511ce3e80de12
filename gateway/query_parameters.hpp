// The query of a request target as names and values (RFC 3986, section 3.4, in the form that everybody
// writes: `name=value&name=value`).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::gateway {

// In the order of the query; a name without `=` has an empty value. `%XX` is decoded; `+` is itself, so
// that an offset such as +01:00 needs no escape. Nullopt: a `%` without its two digits.
using query_parameters = std::vector<std::pair<std::string, std::string>>;
std::optional<query_parameters> read_query_parameters(std::string_view query);

}  // namespace nearfar::gateway
