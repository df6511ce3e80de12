#include "config/names.hpp"

#include <algorithm>

namespace nearfar::config {

namespace {

bool is_called(const target_model& m, std::string_view name) {
  return m.id == name || (!m.as.empty() && m.as == name);
}

}  // namespace

std::string target_name(const provider& at, const target_model& model) {
  return at.name + "/" + (model.as.empty() ? model.id : model.as);
}

std::optional<found_target> find_target(const configuration& c, std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  for (const auto& p : c.providers) {
    if (p.name != name.substr(0, slash)) continue;
    for (const auto& m : p.models) {
      if (is_called(m, name.substr(slash + 1))) return found_target{&p, &m};
    }
  }
  return std::nullopt;
}

bool may_be_listed(const configuration& c, std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || slash + 1 == name.size()) return false;
  return std::ranges::any_of(
      c.providers, [&](const provider& p) { return p.discover && p.name == name.substr(0, slash); });
}

bool has_provider(const configuration& c, std::string_view name) {
  return std::ranges::any_of(c.providers, [&](const provider& p) { return p.name == name; });
}

bool has_model(const configuration& c, std::string_view name) {
  return std::ranges::any_of(c.providers, [&](const provider& p) {
    return !p.discover &&
           std::ranges::any_of(p.models, [&](const target_model& m) { return is_called(m, name); });
  });
}

std::vector<std::string> target_names(const configuration& c) {
  std::vector<std::string> out;
  for (const auto& p : c.providers) {
    for (const auto& m : p.models) out.push_back(target_name(p, m));
  }
  return out;
}

std::vector<std::string> model_ids(const configuration& c) {
  std::vector<std::string> out;
  for (const auto& p : c.providers) {
    if (p.discover) continue;
    for (const auto& m : p.models) {
      out.push_back(m.id);
      if (!m.as.empty()) out.push_back(m.as);
    }
  }
  return out;
}

}  // namespace nearfar::config
