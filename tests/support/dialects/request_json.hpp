// What the double's dialects read requests with: a DOM, members by name and type, and names that an
// object must not have.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::support {

namespace json = boost::json;
using known_names = std::initializer_list<std::string_view>;

// Nothing: not one JSON object.
std::optional<json::object> parsed_object(std::string_view text);

// A member of that type; else null, empty, false, zero.
const json::object* object_member(const json::object& from, std::string_view name);
const json::array* array_member(const json::object& from, std::string_view name);
std::string_view text_member(const json::object& from, std::string_view name);
bool flag_member(const json::object& from, std::string_view name);
std::uint64_t count_member(const json::object& from, std::string_view name);

// There, and not null.
bool given(const json::object& from, std::string_view name);

// The first name that is not among the known ones; empty: none.
std::string_view unknown_name(const json::object& in, known_names known);
bool one_of(std::string_view word, known_names words);

// [a-zA-Z0-9_-], at least one and at most `longest`.
bool plain_identifier(std::string_view text, std::size_t longest);

std::string_view view(const json::string& s);

// Every text anywhere inside, one behind the other.
void collect_texts(const json::value& in, std::string& out);

// The first object schema that does not say `additionalProperties: false`.
bool closed_schema(const json::value& schema);

}  // namespace nearfar::support
