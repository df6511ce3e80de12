// Small looks into Boost.JSON objects for this codec's readers of whole documents.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

// Empty where the member is no string.
std::string_view string_at(const boost::json::object& from, std::string_view key);

// Null where the member is none.
const boost::json::object* object_at(const boost::json::object& from, std::string_view key);
const boost::json::array* array_at(const boost::json::object& from, std::string_view key);

// Nullopt: no number. Negative counts are 0.
std::optional<std::uint64_t> count_of(const boost::json::value& from);
std::optional<double> number_of(const boost::json::value& from);

// All members but these, in order.
boost::json::object rest_of(const boost::json::object& from, std::initializer_list<std::string_view> known);

}  // namespace nearfar::providers::openai_responses
