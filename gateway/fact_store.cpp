#include "gateway/fact_store.hpp"

#include "gateway/log.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/link/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nearfar::gateway {

namespace {

using routes::instant;
using routes::millis;
using fact_value = std::variant<bool, double, std::string>;

enum class shape : std::uint8_t { flag, per_cent, word };

struct sensed_fact {
  std::string_view name;
  shape takes;
  std::array<std::string_view, 4> words;
};

constexpr std::array<sensed_fact, 7> sensed_facts{{
    {"network", shape::word, {"online", "degraded", "portal", "offline"}},
    {"lan", shape::word, {"up", "down"}},
    {"metered", shape::flag, {}},
    {"roaming", shape::flag, {}},
    {"battery", shape::per_cent, {}},
    {"charging", shape::flag, {}},
    {"thermal", shape::word, {"nominal", "fair", "serious", "critical"}},
}};

const sensed_fact* find_sensed(std::string_view name) {
  const auto found = std::find_if(sensed_facts.begin(), sensed_facts.end(),
                                  [&](const sensed_fact& f) { return f.name == name; });
  return found == sensed_facts.end() ? nullptr : &*found;
}

std::size_t word_index(const sensed_fact& fact, std::string_view word) {
  return static_cast<std::size_t>(std::find(fact.words.begin(), fact.words.end(), word) - fact.words.begin());
}

std::string wrong_sensed(const sensed_fact& fact, const fact_value& value) {
  switch (fact.takes) {
    case shape::flag:
      return std::holds_alternative<bool>(value) ? "" : "takes true or false";
    case shape::per_cent: {
      const auto* number = std::get_if<double>(&value);
      return number && *number >= 0 && *number <= 100 ? "" : "takes a number from 0 to 100";
    }
    case shape::word: {
      const auto* word = std::get_if<std::string>(&value);
      if (word && !word->empty() && word_index(fact, *word) < fact.words.size()) return "";
      std::string out = "takes one of";
      for (const auto w : fact.words) {
        if (!w.empty()) out += fmt::format(" {}", w);
      }
      return out;
    }
  }
  return "";
}

std::string wrong_declared(config::fact_type type, const fact_value& value) {
  switch (type) {
    case config::fact_type::boolean:
      return value.index() == 0 ? "" : "takes true or false";
    case config::fact_type::number:
      return value.index() == 1 ? "" : "takes a number";
    case config::fact_type::name:
      return value.index() == 2 ? "" : "takes a text";
  }
  return "";
}

template <class State>
routes::sensed<State> state_of(std::string_view fact, const std::optional<fact_value>& value) {
  if (!value) return std::nullopt;
  return static_cast<State>(word_index(*find_sensed(fact), std::get<std::string>(*value)));
}

template <class T>
routes::sensed<T> plain(const std::optional<fact_value>& value) {
  if (!value || !std::holds_alternative<T>(*value)) return std::nullopt;
  return std::get<T>(*value);
}

using providers::evidence;
using providers::link_change;
using providers::link_scope;

link_scope scope_of(config::tier tier) {
  return tier == config::tier::remote ? link_scope::internet : link_scope::lan;
}

template <class State>
std::string word_of(std::string_view fact, State value) {
  return std::string(find_sensed(fact)->words[static_cast<std::size_t>(value)]);
}

}  // namespace

fact_settings::fact_settings(const config::configuration& from) {
  for (const auto& fact : from.facts) {
    known.push_back({fact.name, fact.type, fact.if_unsensed, fact.max_age});
    if (fact.type) declared_order.push_back(fact.name);
  }
}

const fact_settings::known_fact* fact_settings::find(const std::string& name) const {
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& f) { return f.name == name; });
  return found == known.end() ? nullptr : &*found;
}

void fact_store::reconfigure(const config::configuration& config) {
  fact_settings next(config);
  const std::lock_guard hold(lock_);
  std::erase_if(readings_, [&](const auto& one) {
    if (find_sensed(one.first)) return false;
    const auto* now_known = next.find(one.first);
    return !now_known || !now_known->type || !wrong_declared(*now_known->type, one.second.value).empty();
  });
  settings_ = std::move(next);
  version_.fetch_add(1, std::memory_order_release);
}

const fact_value* fact_store::holding(const std::map<std::string, reading>& in, const fact_settings& of,
                                      const std::string& name, instant now, instant& until, bool& stale) {
  const auto found = in.find(name);
  if (found == in.end()) return nullptr;
  const auto* settings = of.find(name);
  // A query may still run under a policy that declared the fact with another type.
  if (settings && settings->type && !wrong_declared(*settings->type, found->second.value).empty())
    return nullptr;
  instant ends = found->second.until;
  if (settings && settings->max_age) ends = std::min(ends, found->second.at + *settings->max_age);
  if (now < ends) {
    until = std::min(until, ends);
    return &found->second.value;
  }
  stale = stale || now < found->second.until;
  return nullptr;
}

std::optional<fact_value> fact_store::current(const fact_settings& of, const std::string& name, instant now,
                                              instant& until) const {
  bool stale = false;
  if (const auto* pushed = holding(readings_, of, name, now, until, stale)) return *pushed;
  if (name == "network") return word_of(name, link_state_.network(now, until));
  if (name == "lan") return word_of(name, link_state_.lan(now, until));
  if (const auto* own = holding(sensed_, of, name, now, until, stale)) return *own;
  // A sensor that spoke and fell silent is stale, not missing: unknown, whatever `if_unsensed` says.
  if (stale) return std::nullopt;
  const auto* settings = of.find(name);
  if (settings && settings->if_unsensed) return settings->if_unsensed;
  return std::nullopt;
}

void fact_store::fill(instant now, const fact_settings& of, fact_snapshot& out) const {
  const std::lock_guard hold(lock_);
  instant until = instant::max();
  auto& values = out.values;
  values.network = state_of<routes::network_state>("network", current(of, "network", now, until));
  values.lan = state_of<routes::lan_state>("lan", current(of, "lan", now, until));
  values.metered = plain<bool>(current(of, "metered", now, until));
  values.roaming = plain<bool>(current(of, "roaming", now, until));
  values.battery = plain<double>(current(of, "battery", now, until));
  values.charging = plain<bool>(current(of, "charging", now, until));
  values.thermal = state_of<routes::thermal_state>("thermal", current(of, "thermal", now, until));
  out.declared.clear();
  for (const auto& name : of.declared_order) {
    const auto value = current(of, name, now, until);
    routes::declared_value declared;
    if (value) std::visit([&](const auto& v) { declared = v; }, *value);
    out.declared.push_back(std::move(declared));
  }
  values.declared = out.declared;
  out.version = version_.load(std::memory_order_acquire);
  out.valid_until = until;
}

std::string fact_store::set(const std::vector<push>& readings, instant now) {
  const std::lock_guard hold(lock_);
  for (const auto& reading : readings) {
    const auto* sensed = find_sensed(reading.name);
    const auto* settings = settings_.find(reading.name);
    const bool declared = settings && settings->type;
    if (!sensed && !declared) {
      return fmt::format("`{}` is neither a sensed fact nor declared under `facts:`", reading.name);
    }
    if (std::holds_alternative<std::monostate>(reading.value)) continue;
    fact_value value;
    std::visit(
        [&](const auto& v) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) value = v;
        },
        reading.value);
    const auto wrong = sensed ? wrong_sensed(*sensed, value) : wrong_declared(*settings->type, value);
    if (!wrong.empty()) return fmt::format("`{}` {}", reading.name, wrong);
  }
  for (const auto& reading : readings) {
    if (std::holds_alternative<std::monostate>(reading.value)) {
      readings_.erase(reading.name);
      continue;
    }
    auto& to = readings_[reading.name];
    std::visit(
        [&](const auto& v) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, std::monostate>) to.value = v;
        },
        reading.value);
    to.at = now;
    to.until = reading.expires_in ? now + *reading.expires_in : instant::max();
  }
  version_.fetch_add(1, std::memory_order_release);
  return "";
}

// With the lock held.
void fact_store::update_suspicion() {
  suspect_internet_.store(link_state_.suspects(link_scope::internet), std::memory_order_relaxed);
  suspect_lan_.store(link_state_.suspects(link_scope::lan), std::memory_order_relaxed);
  version_.fetch_add(1, std::memory_order_release);
}

void fact_store::log_link(link_scope scope, instant now) const {
  log_event(log_level::info, scope == link_scope::internet ? "network" : "lan", word(scope, now));
}

network_change fact_store::learn(config::tier tier, evidence what, instant now) {
  const auto scope = scope_of(tier);
  link_change change{};
  bool wants_probe = false;
  {
    const std::lock_guard hold(lock_);
    change = link_state_.saw(scope, what, now);
    wants_probe = link_state_.next_probe(scope).has_value();
    update_suspicion();
  }
  if (change != link_change::none) log_link(scope, now);
  if (wants_probe && on_suspicion) on_suspicion();
  if (change != link_change::came_back) return network_change::none;
  return scope == link_scope::internet ? network_change::internet_back : network_change::lan_back;
}

network_change fact_store::reached(config::tier scope, bool loopback, instant now) {
  if (loopback || scope == config::tier::device) return network_change::none;
  const auto& suspect = scope == config::tier::remote ? suspect_internet_ : suspect_lan_;
  // The common case takes no lock: nothing was wrong.
  if (!suspect.load(std::memory_order_relaxed)) return network_change::none;
  return learn(scope, evidence::reached, now);
}

network_change fact_store::slow(config::tier scope, bool loopback, instant now) {
  if (loopback || scope != config::tier::remote) return network_change::none;
  return learn(scope, evidence::slow, now);
}

void fact_store::unreachable(config::tier scope, bool loopback, const routes::error& e, instant now) {
  if (loopback || scope == config::tier::device) return;
  if (const auto what = providers::evidence_of(e)) learn(scope, *what, now);
}

link_change fact_store::links(link_scope scope, bool up, instant now) {
  const std::lock_guard hold(lock_);
  const auto change = link_state_.links(scope, up, now);
  if (change != link_change::none) update_suspicion();
  return change;
}

std::optional<instant> fact_store::next_probe(link_scope scope) const {
  const std::lock_guard hold(lock_);
  return link_state_.next_probe(scope);
}

void fact_store::probing(link_scope scope) {
  const std::lock_guard hold(lock_);
  link_state_.probing(scope);
}

link_change fact_store::probed(link_scope scope, evidence what, instant now) {
  const std::lock_guard hold(lock_);
  const auto change = link_state_.probed(scope, what, now);
  update_suspicion();
  return change;
}

std::string_view fact_store::word(link_scope scope, instant now) const {
  const std::lock_guard hold(lock_);
  instant ignored = instant::max();
  if (scope == link_scope::internet)
    return find_sensed("network")->words[static_cast<std::size_t>(link_state_.network(now, ignored))];
  return find_sensed("lan")->words[static_cast<std::size_t>(link_state_.lan(now, ignored))];
}

void fact_store::sense(const std::string& name, std::optional<value_type> value, instant now) {
  if (value) {
    sensed_[name] = {std::move(*value), now, instant::max()};
  } else {
    sensed_.erase(name);
  }
}

void fact_store::sensed(const providers::power_reading& power, instant now) {
  const std::lock_guard hold(lock_);
  const auto optional = [](const auto& from) -> std::optional<value_type> {
    if (!from) return std::nullopt;
    return value_type(*from);
  };
  sense("battery", optional(power.battery), now);
  sense("charging", optional(power.charging), now);
  sense("thermal",
        power.thermal ? std::optional<value_type>(word_of("thermal", *power.thermal)) : std::nullopt, now);
  sensed_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  asked_sensors_.store(power.is_empty(), std::memory_order_relaxed);
  version_.fetch_add(1, std::memory_order_release);
}

void fact_store::look_at_sensors(instant now) {
  if (asked_sensors_.load(std::memory_order_relaxed)) return;
  const auto age = now.time_since_epoch().count() - sensed_at_.load(std::memory_order_relaxed);
  if (age < std::chrono::nanoseconds(sensor_age).count()) return;
  if (!asked_sensors_.exchange(true) && on_old_sensors) on_old_sensors();
}

std::vector<std::pair<std::string, routes::declared_value>> fact_store::named(instant now,
                                                                              const fact_settings& of) const {
  std::vector<std::pair<std::string, routes::declared_value>> out;
  const std::lock_guard hold(lock_);
  const auto add = [&](const std::string& name) {
    instant until = instant::max();
    routes::declared_value value;
    if (const auto known = current(of, name, now, until)) {
      std::visit([&](const auto& v) { value = v; }, *known);
    }
    out.emplace_back(name, std::move(value));
  };
  for (const auto& fact : sensed_facts) add(std::string(fact.name));
  for (const auto& name : of.declared_order) add(name);
  return out;
}

std::string fact_store::to_json(instant now) const {
  const std::lock_guard hold(lock_);
  std::string out = "{";
  const auto add = [&](std::string_view name) {
    instant until = instant::max();
    const auto value = current(settings_, std::string(name), now, until);
    if (out.size() > 1) out += ',';
    providers::openai_chat::append_json_string(out, name);
    out += ':';
    if (!value) {
      out += "null";
    } else if (const auto* flag = std::get_if<bool>(&*value)) {
      out += *flag ? "true" : "false";
    } else if (const auto* number = std::get_if<double>(&*value)) {
      out += fmt::format("{}", *number);
    } else {
      providers::openai_chat::append_json_string(out, std::get<std::string>(*value));
    }
  };
  for (const auto& fact : sensed_facts) add(fact.name);
  for (const auto& name : settings_.declared_order) add(name);
  instant ignored = instant::max();
  out += fmt::format(",\"inferred\":{{\"network\":\"{}\",\"lan\":\"{}\"}}}}",
                     word_of("network", link_state_.network(now, ignored)),
                     word_of("lan", link_state_.lan(now, ignored)));
  return out;
}

}  // namespace nearfar::gateway
