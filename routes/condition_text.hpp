// Conditions and places of a policy in words.
#pragma once

#include "routes/condition_code.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::routes {

// One test of a condition with the value that it met.
struct met_test {
  std::string fact;
  std::string is;     // "yes", "12%", "unknown", "not given"
  std::string wants;  // "yes", "offline or portal", "< 20"
  fact_shape shape = fact_shape::text;
};

// The tests that made the condition what it is: those of the same answer, turned over by a `not`.
// Empty for a condition that always holds.
std::vector<met_test> reasons_for(const condition_code& code, std::uint32_t node, truth answer,
                                  const fact_view& v);

// What a test node looks at, now: "12%", "22:30" in the zone that it names, "sent" of a header.
std::string met_value(const condition_code& code, const condition_node& node, const fact_view& v);

// "metered is yes, wants yes; battery is 12%, wants < 20"
std::string to_text(const std::vector<met_test>& reasons);

// "true", "< 20", "22:00-06:00 Europe/Berlin", "x-app=glasses*".
std::string value_text(const config::test_value& value);

// The name of the file without its folders, and "nearfar.yaml:30"; empty for a mark without a place.
std::string file_name(const config::configuration& c);
std::string place_text(const config::configuration& c, config::mark where);

std::string_view to_string(config::tier t);

}  // namespace nearfar::routes
