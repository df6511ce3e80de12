// JSON of the same meaning: members in any order, numbers by value.
#pragma once

#include <boost/json.hpp>

namespace nearfar::providers {

inline bool same_json(const boost::json::value& a, const boost::json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  if (a.kind() != b.kind()) return false;
  if (const auto* list = a.if_array()) {
    const auto& other = b.as_array();
    if (list->size() != other.size()) return false;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!same_json((*list)[i], other[i])) return false;
    }
    return true;
  }
  if (const auto* object = a.if_object()) {
    const auto& other = b.as_object();
    if (object->size() != other.size()) return false;
    for (const auto& each : *object) {
      const auto* there = other.if_contains(each.key());
      if (there == nullptr || !same_json(each.value(), *there)) return false;
    }
    return true;
  }
  return a == b;
}

}  // namespace nearfar::providers
