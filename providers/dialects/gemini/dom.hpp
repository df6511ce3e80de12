// Boost.JSON values as the codec reads them. For the codec's .cpp files.
#pragma once

#include "providers/dialects/gemini/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::gemini::dom {

namespace json = boost::json;

inline std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

inline std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

inline std::string text_of(const json::value& v) {
  const auto* text = v.if_string();
  return text ? std::string(view(*text)) : std::string{};
}

// Of an object's members the one by that name, in either spelling; null: none.
inline const json::value* find(const json::object& from, std::string_view camel_name) {
  if (const auto* found = from.if_contains({camel_name.data(), camel_name.size()})) return found;
  for (const auto& [key, v] : from) {
    if (camel(view(key)) == camel_name) return &v;
  }
  return nullptr;
}

inline std::optional<double> number_of(const json::value& v) {
  if (v.is_double()) return v.get_double();
  if (v.is_int64()) return static_cast<double>(v.get_int64());
  if (v.is_uint64()) return static_cast<double>(v.get_uint64());
  return std::nullopt;
}

// Whole numbers, also those written with a fraction of nothing (40.0).
inline std::optional<std::int64_t> whole_of(const json::value& v) {
  if (v.is_int64()) return v.get_int64();
  const auto number = number_of(v);
  constexpr double most = 9007199254740992.0;  // 2^53
  if (!number || std::nearbyint(*number) != *number || std::fabs(*number) > most) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// protobuf takes a single value where a list is meant.
template <class F>
bool one_or_many(const json::value& v, F&& f) {
  if (v.is_null()) return true;
  const auto* list = v.if_array();
  if (!list) return f(v, std::size_t{0});
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!f((*list)[i], i)) return false;
  }
  return true;
}

}  // namespace nearfar::providers::gemini::dom
