// Takes the members of a Boost.JSON object one by one and keeps count of what nobody took. For codecs that
// must lose nothing.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::providers {

// Borrows the object, whose values it moves from.
class json_fields {
 public:
  explicit json_fields(boost::json::object& from) : from_(from) {}

  // Null: there is no such member. What was taken is not part of the rest.
  boost::json::value* take(std::string_view key) {
    const auto at = from_.find(key);
    if (at == from_.end()) return nullptr;
    taken_.push_back(static_cast<std::size_t>(at - from_.begin()));
    return &at->value();
  }

  // Takes it only if it is a string.
  bool text(std::string_view key, std::string& to) {
    const auto at = from_.find(key);
    if (at == from_.end() || !at->value().is_string()) return false;
    to = at->value().as_string();
    taken_.push_back(static_cast<std::size_t>(at - from_.begin()));
    return true;
  }

  // Moves what is left, in its order.
  void rest(boost::json::object& to) {
    std::size_t index = 0;
    for (auto& each : from_) {
      if (std::find(taken_.begin(), taken_.end(), index++) == taken_.end()) {
        to.insert_or_assign(each.key(), std::move(each.value()));
      }
    }
  }

 private:
  boost::json::object& from_;
  std::vector<std::size_t> taken_;
};

inline std::string to_text(const boost::json::value& v) {
  const auto& text = v.as_string();
  return {text.data(), text.size()};
}

}  // namespace nearfar::providers
