// What a single value looks like, as JSON Schema: one function a kind of the field table.
//
// Only keywords that mean the same in draft 7 and in 2020-12 are used, so that every validator may read it.
// `patternErrorMessage` and `enumDescriptions` are for editors; others pass them by.
#pragma once

#include "config/fact_table.hpp"
#include "config/field.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>

namespace nearfar::config::schema {

using object = boost::json::object;
using array = boost::json::array;

enum class digits : std::uint8_t { whole, fraction };

// What the reader takes as text may be a number or a truth value to others: `name: 2026`.
object word();
object word(std::string_view pattern, std::string_view wanted);
// Text that no YAML takes for anything else.
object text(std::string_view pattern, std::string_view wanted);
object name(std::string_view noun);
object flag();
object number(const number_kind& kind, digits form);
object comparison(quantity what);
object url();
object listen();
object host();
object origin();
object retention();
object moment();
object words();
object preset();
object secret();
object fields_but(std::span<const std::string_view> names);  // a map without these
object version();

object one_of(std::span<const std::string_view> words);
object map_of(object value);
object list_of(object item);
object list_of_some(object item);  // not an empty one
object any_of(array alternatives);
object one_or_list_of_some(object item);

// A value that the fact has.
object value_of(const fact_info& fact);
// A test of it, in a condition.
object test_of(const fact_info& fact);

object reference(std::string_view definition);
// Names of a map that are not among `words`.
object names_but(array words);

}  // namespace nearfar::config::schema
