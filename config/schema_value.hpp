// YAML as JSON the way an editor sees it, and JSON as text for people.
#pragma once

#include "config/yaml_tree.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace nearfar::config {

// The core schema of YAML 1.2 (section 10.3), which yaml-language-server and other validators follow: a plain
// `4` is a number, `true` a truth value, `~` null, the rest text. Our own reader is stricter and goes by the
// key; what a schema can say is said about this value.
boost::json::value as_editors_read(const yaml_node& node);

// The same for one line of YAML such as an example of the field table. Null where it is not YAML.
boost::json::value as_editors_read(std::string_view text);

// Two blanks a level; what fits a line stays on it. Ends in a newline.
std::string pretty(const boost::json::value& value);

}  // namespace nearfar::config
