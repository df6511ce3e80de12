#include "config/check.hpp"
#include "config/codes.hpp"
#include "config/names.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

namespace {

const model_name* find_name(const configuration& c, std::string_view name) {
  const auto found = std::ranges::find(c.models, name, &model_name::name);
  return found == c.models.end() ? nullptr : &*found;
}

void check_entries(const configuration& c, const model_name& name, diagnostics& out) {
  for (std::size_t i = 0; i < name.entries.size(); ++i) {
    const auto& entry = name.entries[i];
    if (find_name(c, entry) != nullptr || find_target(c, entry) || has_model(c, entry) ||
        may_be_listed(c, entry)) {
      continue;
    }
    auto legal = target_names(c);
    for (const auto& m : c.models) legal.push_back(m.name);
    for (auto& id : model_ids(c)) legal.push_back(std::move(id));
    auto help = suggestion(entry, legal);
    if (has_provider(c, entry))
      help = fmt::format("`{}` is a provider: name its model too, `{}/MODEL`", entry, entry);
    const auto lister = std::ranges::find(c.providers, true, &provider::discover);
    if (lister != c.providers.end() && entry.find('/') == std::string::npos && !has_provider(c, entry)) {
      help = fmt::format("a model that `{}` lists is written with it: `{}/{}`", lister->name, lister->name,
                         entry);
    }
    out.error(
        code::unknown_reference, name.entry_marks[i],
        fmt::format("model name `{}` lists `{}`, which is no target, model or other name", name.name, entry),
        std::move(help));
  }
}

// An entry that leads back to its own name. `path` holds the names on the way.
bool leads_back(const configuration& c, const model_name& from, std::vector<const model_name*>& path) {
  for (const auto& entry : from.entries) {
    const auto* next = find_name(c, entry);
    if (next == nullptr) continue;
    if (next == path.front()) return true;
    if (std::ranges::find(path, next) != path.end()) continue;
    path.push_back(next);
    if (leads_back(c, *next, path)) return true;
    path.pop_back();
  }
  return false;
}

void check_cycle(const configuration& c, const model_name& name, diagnostics& out) {
  std::vector<const model_name*> path{&name};
  if (!leads_back(c, name, path)) return;
  // Said once, at the first of them.
  if (std::ranges::any_of(path, [&](const model_name* step) { return step < &name; })) return;
  std::string way;
  for (const auto* step : path) way += "`" + step->name + "` -> ";
  out.error(code::name_cycle, name.where, fmt::format("model name `{}` stands for itself", name.name),
            way + "`" + name.name + "`");
}

// The name is an entry of `models` and also a target or a model's id: the entry wins.
void check_readings(const configuration& c, const model_name& name, diagnostics& out) {
  if (const auto target = find_target(c, name.name)) {
    out.warning(code::two_readings, name.where, fmt::format("`{}` is a model name and a target", name.name),
                "the entry under `models` wins; rename it if that is not meant");
  } else if (has_model(c, name.name)) {
    out.warning(code::two_readings, name.where,
                fmt::format("`{}` is a model name and a model's own id", name.name),
                "the entry under `models` wins; rename it if that is not meant");
  }
}

// "openai/gpt-5" as an id at one provider and as target of another: the target wins.
void check_model_id_readings(const configuration& c, diagnostics& out) {
  for (const auto& p : c.providers) {
    // Nobody can rename what another lists, and the target wins anyway.
    if (p.discover) continue;
    for (const auto& m : p.models) {
      const auto other = find_target(c, m.id);
      if (!other || other->model == &m) continue;
      out.warning(code::two_readings, m.where,
                  fmt::format("`{}` is a model of provider `{}` and a target of provider `{}`", m.id, p.name,
                              other->at->name),
                  fmt::format("the target wins; ask for `{}/{}` to mean this one", p.name, m.id));
    }
  }
}

}  // namespace

void check_model_names(const configuration& c, diagnostics& out) {
  for (const auto& name : c.models) {
    check_entries(c, name, out);
    check_cycle(c, name, out);
    check_readings(c, name, out);
    if (name.name.empty()) out.error(code::bad_name, name.where, "a model name is empty");
  }
  check_model_id_readings(c, out);
}

}  // namespace nearfar::config
