#include "gateway/visible_models.hpp"

#include "config/glob.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace nearfar::gateway {

namespace {

bool may_use(const key_record& key, config::tier tier) {
  return key.tiers.empty() || std::ranges::find(key.tiers, tier) != key.tiers.end();
}

bool is_bounded(const key_record* key) {
  return key != nullptr && (!key->models.empty() || !key->tiers.empty());
}

}  // namespace

bool may_ask_for(const key_record& key, std::string_view model) {
  return key.models.empty() ||
         std::ranges::any_of(key.models, [&](const auto& one) { return config::glob_match(one, model); });
}

std::vector<routes::target_index> targets_for(const deployment& of, const key_record* key,
                                              std::string_view name) {
  std::vector<routes::target_index> out;
  if (key != nullptr && !may_ask_for(*key, name)) return out;
  for (const auto target : of.policy->resolve(name)) {
    if (key == nullptr || may_use(*key, of.targets[target].tier)) out.push_back(target);
  }
  return out;
}

bool may_reach(const deployment& of, const key_record* key, routes::target_index target) {
  if (!is_bounded(key)) return true;
  if (!may_use(*key, of.targets[target].tier)) return false;
  if (may_ask_for(*key, of.targets[target].name)) return true;
  return std::ranges::any_of(of.policy->public_names(), [&](const auto& name) {
    if (!may_ask_for(*key, name)) return false;
    const auto behind = of.policy->resolve(name);
    return std::ranges::find(behind, target) != behind.end();
  });
}

std::string visible_models(const deployment& of, const key_record* key) {
  if (!is_bounded(key)) return of.models_json;
  auto list = boost::json::parse(of.models_json);
  boost::json::array shown;
  for (auto& entry : list.at("data").as_array()) {
    if (!targets_for(of, key, entry.at("id").as_string()).empty()) shown.push_back(std::move(entry));
  }
  list.as_object()["data"] = std::move(shown);
  return boost::json::serialize(list);
}

}  // namespace nearfar::gateway
