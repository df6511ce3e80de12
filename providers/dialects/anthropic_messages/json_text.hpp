// JSON values as text and back, for whole requests and answers. Sans-I/O.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

namespace json = boost::json;

// Members in their order; numbers in their shortest form, a fraction stays one ("1.0"). Equal values are
// equal bytes, so that a prompt's prefix stays what it was.
void append_json(std::string& to, const json::value& v);
void append_json(std::string& to, const json::object& o);
std::string to_json(const json::value& v);

// nullopt: no JSON text, or nested deeper than 64 levels. Numbers are precise.
std::optional<json::value> parse_json(std::string_view text);

inline std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

// Null where the key is missing, null or of another type.
const json::object* object_in(const json::object& from, std::string_view key);
const json::array* array_in(const json::object& from, std::string_view key);
const json::string* string_in(const json::object& from, std::string_view key);

// `,"name":` before a value that the caller writes; no comma behind an opening bracket.
void append_key(std::string& to, std::string_view name);
void append_member(std::string& to, std::string_view name, std::string_view text);

}  // namespace nearfar::providers::anthropic_messages
