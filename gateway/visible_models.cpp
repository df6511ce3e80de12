#include "gateway/visible_models.hpp"

#include "config/glob.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace nearfar::gateway {

bool may_ask_for(const key_record& key, std::string_view model) {
  return key.models.empty() ||
         std::ranges::any_of(key.models, [&](const auto& one) { return config::glob_match(one, model); });
}

std::string visible_models(const deployment& of, const key_record* key) {
  if (key == nullptr || key->models.empty()) return of.models_json;
  auto list = boost::json::parse(of.models_json);
  boost::json::array shown;
  for (auto& entry : list.at("data").as_array()) {
    if (may_ask_for(*key, entry.at("id").as_string())) shown.push_back(std::move(entry));
  }
  list.as_object()["data"] = std::move(shown);
  return boost::json::serialize(list);
}

}  // namespace nearfar::gateway
