// Whether a request lost something on its way through another form: every text, number and `true` of the one
// must stand somewhere in the other.
#pragma once

#include <boost/json.hpp>

#include <map>
#include <string>
#include <string_view>

namespace nearfar::fuzz {

class leaves {
 public:
  // False: no JSON.
  bool add(std::string_view text) {
    boost::system::error_code failed;
    const auto v = boost::json::parse({text.data(), text.size()}, failed);
    if (!failed) add(v, {});
    return !failed;
  }

  // The first that `other` has fewer of; empty: none.
  std::string missing_in(const leaves& other) const {
    for (const auto& [leaf, count] : counts_) {
      const auto found = other.counts_.find(leaf);
      if (found == other.counts_.end() || found->second < count) return leaf;
    }
    return {};
  }

 private:
  void add(const boost::json::value& v, std::string_view key) {
    if (const auto* object = v.if_object()) {
      for (const auto& each : *object) add(each.value(), each.key());
    } else if (const auto* list = v.if_array()) {
      for (const auto& each : *list) add(each, key);
    } else if (const auto* text = v.if_string()) {
      // What a value is called may change with its form; what it says may not.
      if (!text->empty() && key != "type" && key != "role" && key != "model") {
        ++counts_[std::string{text->data(), text->size()}];
      }
    } else if (v.is_number()) {
      ++counts_[std::to_string(v.to_number<double>())];
    }
  }

  std::map<std::string, int> counts_;
};

}  // namespace nearfar::fuzz
