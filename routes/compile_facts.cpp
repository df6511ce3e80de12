// What facts are when nobody has sensed them, and what a guard may hang on.
#include "routes/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::routes {
namespace {

using unsensed_value = std::variant<bool, double, std::string>;

// Enums count from 0 in the order of the choices.
template <class E>
bool set_choice(sensed<E>& into, const fact_info& row, const unsensed_value& value) {
  const auto* name = std::get_if<std::string>(&value);
  if (!name) return false;
  const auto at = std::find(row.choices.begin(), row.choices.end(), *name);
  if (at == row.choices.end()) return false;
  into = static_cast<E>(at - row.choices.begin());
  return true;
}

template <class T>
bool set_plain(sensed<T>& into, const unsensed_value& value) {
  const auto* plain = std::get_if<T>(&value);
  if (plain) into = *plain;
  return plain != nullptr;
}

bool set_sensed(facts& f, const fact_info& row, const unsensed_value& value) {
  switch (row.id) {
    case fact_id::network:
      return set_choice(f.network, row, value);
    case fact_id::lan:
      return set_choice(f.lan, row, value);
    case fact_id::thermal:
      return set_choice(f.thermal, row, value);
    case fact_id::metered:
      return set_plain(f.metered, value);
    case fact_id::roaming:
      return set_plain(f.roaming, value);
    case fact_id::charging:
      return set_plain(f.charging, value);
    case fact_id::battery:
      return set_plain(f.battery, value);
    default:
      return false;
  }
}

bool fits(config::fact_type type, const unsensed_value& value) {
  return value.index() == static_cast<std::size_t>(type);
}

enum class slope : std::uint8_t { rising, falling };

slope turned(slope s) {
  return s == slope::rising ? slope::falling : slope::rising;
}

// Whether a client that raises its privacy can only make the condition truer (rising) or only
// falser (falling).
bool is_monotone(const config::condition& c, slope wanted) {
  if (c.kind == config::condition_kind::negate) {
    return std::all_of(c.children.begin(), c.children.end(),
                       [&](const auto& child) { return is_monotone(child, turned(wanted)); });
  }
  if (c.kind != config::condition_kind::test) {
    return std::all_of(c.children.begin(), c.children.end(),
                       [&](const auto& child) { return is_monotone(child, wanted); });
  }
  if (c.test.fact != "privacy") return true;
  const auto& levels = info_of(fact_id::privacy).choices;
  bool last = false;
  bool first = true;
  for (const auto& level : levels) {  // from public to private
    const auto is = [&](const config::test_value& v) {
      const auto* name = std::get_if<std::string>(&v);
      return name != nullptr && *name == level;
    };
    const bool holds = std::any_of(c.test.any_of.begin(), c.test.any_of.end(), is);
    if (!first && holds != last && holds != (wanted == slope::rising)) return false;
    last = holds;
    first = false;
  }
  return true;
}

}  // namespace

void compile_unsensed(policy::tables& t, compile_log& log) {
  for (const auto& fact : t.source->facts) {
    const auto* row = find_fact(fact.name);
    if (fact.type) {
      t.declared.push_back(fact.name);
      t.unsensed_declared.emplace_back();
      if (!fact.if_unsensed) continue;
      if (!fits(*fact.type, *fact.if_unsensed)) {
        log.error("R002", fact.where, fmt::format("`if_unsensed` does not fit the fact `{}`", fact.name));
        continue;
      }
      std::visit([&](const auto& v) { t.unsensed_declared.back() = v; }, *fact.if_unsensed);
      continue;
    }
    if (row == nullptr || row->source != fact_source::sensor) {
      log.error("R001", fact.where, fmt::format("`{}` is no sensed fact", fact.name),
                "give it a type to declare it as your own");
      continue;
    }
    if (fact.if_unsensed && !set_sensed(t.unsensed, *row, *fact.if_unsensed)) {
      log.error("R002", fact.where, fmt::format("`if_unsensed` does not fit the fact `{}`", fact.name));
    }
  }
  t.unsensed.declared = t.unsensed_declared;
}

void check_guard_privacy(const config::guard& g, compile_log& log) {
  if (g.advisory) return;
  if (is_monotone(g.when, slope::rising) && (!g.unless || is_monotone(*g.unless, slope::falling))) return;
  log.error("R008", g.where, fmt::format("a client can escape the guard `{}` by raising its privacy", g.name),
            "name the higher levels of privacy too, or say `advisory: true`");
}

}  // namespace nearfar::routes
