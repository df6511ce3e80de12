#include "gateway/keys/key_names.hpp"

#include "config/glob.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

namespace {

// Everything that a client may write, but for the names that only a glob of the policy covers.
std::vector<std::string> names_of(const routes::policy& in) {
  std::vector<std::string> out(in.public_names().begin(), in.public_names().end());
  for (const auto& target : in.targets()) {
    out.push_back(target.name);
    // The model's own name, which leads to all providers that have it.
    const auto own = target.name.substr(target.name.find('/') + 1);
    if (!in.resolve(own).empty()) out.push_back(own);
  }
  return out;
}

bool is_known(const routes::policy& in, const std::vector<std::string>& names, std::string_view wanted) {
  if (!in.resolve(wanted).empty() || std::ranges::find(names, wanted) != names.end()) return true;
  if (wanted.find('*') == std::string_view::npos) return false;
  const auto fits = [&](std::string_view name) { return config::glob_match(wanted, name); };
  if (std::ranges::any_of(names, fits)) return true;
  const auto& globs = in.configuration().models;
  return std::ranges::any_of(globs, [&](const auto& one) { return fits(one.name); });
}

std::string unknown(std::string_view what, std::string_view wanted, const std::vector<std::string>& known) {
  const auto near = config::suggestion(wanted, known);
  return fmt::format("the policy has no {} `{}`{}{}", what, wanted, near.empty() ? "" : ": ", near);
}

bool may_list_more(const routes::policy& in) {
  return std::ranges::any_of(in.configuration().providers, [](const auto& one) { return one.discover; });
}

}  // namespace

name_check check_names(const key_wishes& of, const routes::policy& in) {
  const auto& tags = in.configuration().tags;
  for (const auto& tag : of.tags) {
    const auto fits = [&](std::string_view one) { return config::glob_match(tag, one); };
    if (tag == "*" || std::ranges::any_of(tags, fits)) continue;
    if (tags.empty())
      return {fmt::format("the policy has no tag `{}`, nor any other: declare it in `tags`", tag)};
    return {unknown("tag", tag, tags)};
  }
  const auto names = names_of(in);
  for (const auto& model : of.models) {
    if (model == "*" || is_known(in, names, model)) continue;
    return {unknown("model", model, names), !may_list_more(in)};
  }
  return {};
}

}  // namespace nearfar::gateway
