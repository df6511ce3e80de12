#include "providers/dialects/openai_responses/fields.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

std::string_view string_at(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found == nullptr || !found->is_string()) return {};
  const json::string& text = found->get_string();
  return {text.data(), text.size()};
}

const json::object* object_at(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

const json::array* array_at(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found == nullptr ? nullptr : found->if_array();
}

std::optional<std::uint64_t> count_of(const json::value& from) {
  if (const auto* number = from.if_uint64()) return *number;
  if (const auto* number = from.if_int64()) return *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
  if (const auto* number = from.if_double()) {
    constexpr double most = 9007199254740992.0;  // 2^53: whole numbers end here in a double
    return *number <= 0 ? 0 : static_cast<std::uint64_t>(std::min(*number, most));
  }
  return std::nullopt;
}

std::optional<double> number_of(const json::value& from) {
  if (const auto* number = from.if_double()) return *number;
  if (const auto* number = from.if_int64()) return static_cast<double>(*number);
  if (const auto* number = from.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

json::object rest_of(const json::object& from, std::initializer_list<std::string_view> known) {
  json::object out;
  for (const auto& each : from) {
    if (std::find(known.begin(), known.end(), std::string_view(each.key())) == known.end()) {
      out.insert(each);
    }
  }
  return out;
}

}  // namespace nearfar::providers::openai_responses
