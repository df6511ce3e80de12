#include "routes/selectors.hpp"

#include "config/conditions.hpp"
#include "routes/compile_log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::routes {
namespace {

truth of(bool b) {
  return b ? truth::yes : truth::no;
}

template <class T, class U>
bool contains(const std::vector<T>& list, const U& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

truth compared(const config::number_test& t, std::optional<double> value) {
  if (!value) return truth::unknown;
  return of(config::compares(t, *value));
}

truth stated(const std::vector<std::string>& wanted, const std::string& value) {
  if (value.empty()) return truth::unknown;
  return of(contains(wanted, value));
}

truth labelled(const std::vector<std::string>& wanted, const std::vector<std::string>& labels) {
  if (labels.empty()) return truth::unknown;
  return of(std::any_of(labels.begin(), labels.end(), [&](const auto& l) { return contains(wanted, l); }));
}

std::optional<double> as_number(std::optional<int> value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

bool names_target(const std::string& wanted, const config::provider& p, const config::target_model& m) {
  return wanted == p.name + "/" + m.id || (!m.as.empty() && wanted == p.name + "/" + m.as);
}

bool names_model(const std::string& wanted, const config::target_model& m) {
  return wanted == m.id || (!m.as.empty() && wanted == m.as);
}

template <class Predicate>
bool any_model(const config::configuration& from, Predicate is) {
  for (const auto& p : from.providers) {
    for (const auto& m : p.models) {
      if (is(p, m)) return true;
    }
  }
  return false;
}

}  // namespace

const config::provider* discovering(const config::configuration& from, std::string_view target) {
  for (const auto& p : from.providers) {
    if (p.discover && (target.empty() || target.starts_with(p.name + "/"))) return &p;
  }
  return nullptr;
}

void warn_unlisted(const config::provider& by, const std::string& target, config::mark where,
                   compile_log& log) {
  if (by.listed_at) {
    log.warning("R014", where,
                fmt::format("`{}` is not in the list of `{}`: nothing goes there", target, by.name));
  } else {
    log.note("R014", where,
             fmt::format("`{}` is known only once `{}` has listed its models", target, by.name));
  }
}

truth matches(const config::selector& s, const target& t, const config::configuration& from) {
  const auto& p = from.providers[t.provider];
  const auto& m = p.models[t.model];
  auto all = truth::yes;
  const auto also = [&](truth field) { all = kleene_and(all, field); };
  if (!s.tiers.empty()) also(of(contains(s.tiers, t.tier)));
  if (!s.providers.empty()) also(of(contains(s.providers, p.name)));
  if (!s.targets.empty()) {
    also(of(std::any_of(s.targets.begin(), s.targets.end(),
                        [&](const auto& w) { return names_target(w, p, m); })));
  }
  if (!s.models.empty()) {
    also(of(std::any_of(s.models.begin(), s.models.end(), [&](const auto& w) { return names_model(w, m); })));
  }
  if (!s.regions.empty()) also(stated(s.regions, p.region));
  if (!s.labels.empty()) also(labelled(s.labels, p.labels));
  if (!s.retentions.empty()) also(stated(s.retentions, p.retention));
  if (s.price_input) also(compared(*s.price_input, t.price_input));
  if (s.price_output) also(compared(*s.price_output, t.price_output));
  if (s.quality) also(compared(*s.quality, as_number(t.quality)));
  return all;
}

truth matches(const config::selector_list& list, const target& t, const config::configuration& from) {
  auto any = truth::no;
  for (const auto& s : list) any = kleene_or(any, matches(s, t, from));
  return any;
}

target_set selected(const config::selector_list& list, std::span<const target> targets,
                    const config::configuration& from, doubt unknown) {
  target_set set(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto answer = matches(list, targets[i], from);
    if (answer == truth::yes || (answer == truth::unknown && unknown == doubt::included)) set.add(i);
  }
  return set;
}

void check_names(const config::selector_list& list, const config::configuration& from, compile_log& log) {
  for (const auto& s : list) {
    for (const auto& name : s.providers) {
      const auto is = [&](const auto& p) { return p.name == name; };
      if (std::any_of(from.providers.begin(), from.providers.end(), is)) continue;
      log.error("R007", s.where, fmt::format("no provider is called `{}`", name));
    }
    for (const auto& name : s.targets) {
      if (any_model(from, [&](const auto& p, const auto& m) { return names_target(name, p, m); })) continue;
      if (const auto* p = discovering(from, name)) {
        warn_unlisted(*p, name, s.where, log);
        continue;
      }
      log.error("R007", s.where, fmt::format("no target is called `{}`", name), "write provider/model");
    }
    for (const auto& name : s.models) {
      if (discovering(from, "") != nullptr) continue;
      if (any_model(from, [&](const auto&, const auto& m) { return names_model(name, m); })) continue;
      log.error("R007", s.where, fmt::format("no provider has a model `{}`", name));
    }
  }
}

}  // namespace nearfar::routes
