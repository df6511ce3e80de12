// Runs the `tests:` of the file through evaluate, with the facts they give.
#include "routes/compile.hpp"
#include "routes/evaluate.hpp"
#include "routes/selectors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace nearfar::routes {
namespace {

using config::given_fact;
using given_value = std::variant<bool, double, std::string>;

// 1970-01-05, a Monday, at noon: what a test without `time` and `weekday` runs at, in every zone.
constexpr std::int64_t monday = 4 * 86'400;
constexpr std::int64_t noon = 12 * 3600;

// Owns what the query and the facts only view.
struct setting {
  query asked;
  facts now_true;
  std::vector<declared_value> declared;
  std::vector<header_view> headers;
  std::vector<std::int32_t> offsets;
  std::vector<target_snapshot> targets;
  std::int64_t day = monday;
  std::int64_t second = noon;
};

template <class E>
bool give_choice(E& into, const fact_info& row, const given_value& value) {
  const auto* name = std::get_if<std::string>(&value);
  const auto at = name ? std::find(row.choices.begin(), row.choices.end(), *name) : row.choices.end();
  if (at == row.choices.end()) return false;
  into = static_cast<E>(at - row.choices.begin());
  return true;
}

template <class E>
bool give_choice(sensed<E>& into, const fact_info& row, const given_value& value) {
  E choice{};
  if (!give_choice(choice, row, value)) return false;
  into = choice;
  return true;
}

template <class T, class Into>
bool give(Into& into, const given_value& value) {
  const auto* typed = std::get_if<T>(&value);
  if (typed) into = *typed;
  return typed != nullptr;
}

template <class Into>
bool give_count(Into& into, const given_value& value) {
  const auto* number = std::get_if<double>(&value);
  if (!number || *number < 0) return false;
  into = static_cast<std::uint64_t>(*number);
  return true;
}

bool give_time(setting& s, const given_value& value) {  // "23:30"
  const auto* text = std::get_if<std::string>(&value);
  if (!text || text->size() != 5 || (*text)[2] != ':') return false;
  int hour = -1;
  int minute = -1;
  std::from_chars(text->data(), text->data() + 2, hour);
  std::from_chars(text->data() + 3, text->data() + 5, minute);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  s.second = hour * 3600 + minute * 60;
  return true;
}

bool give_weekday(setting& s, const given_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto bits = text ? weekday_bits(*text) : 0U;
  if (bits == 0) return false;
  for (int d = 0; d < 7; ++d) {
    if ((bits >> static_cast<unsigned>(d) & 1U) != 0) {
      s.day = monday + d * 86'400;
      return true;
    }
  }
  return false;
}

bool give_header(setting& s, const given_value& value) {  // "x-app: glasses"
  const auto* text = std::get_if<std::string>(&value);
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return false;
  const std::string_view all(*text);
  auto rest = all.substr(colon + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  s.headers.push_back({all.substr(0, colon), rest});
  return true;
}

// The bucket is a hash of the conversation: looks for a conversation that falls into it.
bool give_bucket(query& asked, const given_value& value) {
  const auto* percent = std::get_if<double>(&value);
  if (!percent || *percent < 0 || *percent >= 100) return false;
  for (asked.conversation = 1; asked.conversation < 1'000'000; ++asked.conversation) {
    if (std::abs(bucket_of(asked) - *percent) < 0.011) return true;
  }
  return false;
}

bool give_fact(setting& s, const fact_info& row, const given_value& value) {
  auto& q = s.asked;
  auto& f = s.now_true;
  switch (row.id) {
    case fact_id::network:
      return give_choice(f.network, row, value);
    case fact_id::lan:
      return give_choice(f.lan, row, value);
    case fact_id::thermal:
      return give_choice(f.thermal, row, value);
    case fact_id::privacy:
      return give_choice(q.privacy, row, value);
    case fact_id::dialect:
      return give_choice(q.in, row, value);
    case fact_id::metered:
      return give<bool>(f.metered, value);
    case fact_id::roaming:
      return give<bool>(f.roaming, value);
    case fact_id::charging:
      return give<bool>(f.charging, value);
    case fact_id::battery:
      return give<double>(f.battery, value);
    case fact_id::spend:
      return give<double>(f.spend, value);
    case fact_id::tag:
      return give<std::string>(q.tag, value);
    case fact_id::key:
      return give<std::string>(q.key, value);
    case fact_id::team:
      return give<std::string>(q.team, value);
    case fact_id::model:
      return give<std::string>(q.model, value);
    case fact_id::bucket:
      return give_bucket(q, value);
    case fact_id::input_tokens:
      return give_count(q.input_tokens, value);
    case fact_id::output_tokens:
      return give_count(q.output_tokens, value);
    case fact_id::body_bytes:
      return give_count(q.body_bytes, value);
    case fact_id::deadline:
      return give_count(q.deadline_ms, value);
    case fact_id::first_token_budget:
      return give_count(q.first_token_ms, value);
    case fact_id::tools:
      return give<bool>(q.tools, value);
    case fact_id::images:
      return give<bool>(q.images, value);
    case fact_id::audio:
      return give<bool>(q.audio, value);
    case fact_id::json:
      return give<bool>(q.json, value);
    case fact_id::stream:
      return give<bool>(q.stream, value);
    case fact_id::time:
      return give_time(s, value);
    case fact_id::weekday:
      return give_weekday(s, value);
    case fact_id::header:
      return give_header(s, value);
    case fact_id::declared:
      return false;
  }
  return false;
}

void give_any(setting& s, const policy& rules, const given_fact& given, compile_log& log) {
  if (const auto* row = find_fact(given.fact)) {
    if (!give_fact(s, *row, given.value)) {
      log.error("R011", given.where, fmt::format("value does not fit the fact `{}`", given.fact));
    }
    return;
  }
  const auto names = rules.declared_facts();
  const auto at = std::find(names.begin(), names.end(), given.fact);
  if (at == names.end()) {
    log.error("R011", given.where, fmt::format("unknown fact `{}`", given.fact));
    return;
  }
  auto& into = s.declared[static_cast<std::size_t>(at - names.begin())];
  std::visit([&](const auto& v) { into = v; }, given.value);
}

void take_down(setting& s, const policy& rules, const config::policy_test& test, compile_log& log) {
  const auto& from = rules.configuration();
  for (const auto& name : test.down) {
    bool known = false;
    for (std::size_t i = 0; i < rules.targets().size(); ++i) {
      const auto& t = rules.targets()[i];
      const auto& p = from.providers[t.provider];
      if (name != p.name && name != t.name && name != p.name + "/" + t.upstream_model) continue;
      s.targets[i].breaker_admits = false;
      s.targets[i].breaker_reopens = instant::max();
      known = true;
    }
    if (!known)
      log.error("R011", test.where, fmt::format("`down` names no provider and no target: `{}`", name));
  }
}

// The targets in the order in which they would be tried.
std::vector<target_index> tried_in_order(const plan& p, const trace& why) {
  std::vector<target_index> kept;
  for (std::size_t i = 0; i < p.size; ++i) {
    const auto is = [&](const verdict& v) { return v.target == p.order[i] && v.reason == drop_reason::kept; };
    const auto end = why.verdicts.begin() + static_cast<std::ptrdiff_t>(why.candidates);
    if (std::any_of(why.verdicts.begin(), end, is)) kept.push_back(p.order[i]);
  }
  return kept;
}

std::string names_of(const policy& rules, const std::vector<target_index>& list) {
  std::vector<std::string_view> names;
  for (const auto t : list) names.push_back(rules.targets()[t].name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

bool is_named(const policy& rules, target_index i, std::string_view wanted) {
  const auto& t = rules.targets()[i];
  return wanted == t.name ||
         wanted == rules.configuration().providers[t.provider].name + "/" + t.upstream_model;
}

class checker {
 public:
  checker(const policy& rules, const config::policy_test& test, compile_log& log)
      : rules_(rules), test_(test), log_(log) {}

  void compare(const query& asked, const plan& p, const trace& why) {
    const auto tried = tried_in_order(p, why);
    if (test_.target) target(*test_.target, tried, p, asked, why);
    if (test_.rule && *test_.rule != rules_.rule_name(p.rule)) {
      wrong("rule", *test_.rule, rules_.rule_name(p.rule));
    }
    if (test_.attempts && *test_.attempts != rules_.attempts(p.attempts).name) {
      wrong("attempts", *test_.attempts, rules_.attempts(p.attempts).name);
    }
    if (!test_.plan.empty()) order(tried);
    // What momentary filters hold back may still be tried later, so `never` looks at all of the plan.
    for (std::size_t i = 0; i < p.size && !test_.never.empty(); ++i) {
      const auto& t = rules_.targets()[p.order[i]];
      if (matches(test_.never, t, rules_.configuration()) == truth::no) continue;
      fail(fmt::format("`{}` is in the plan, though `never` forbids it", t.name), "");
    }
  }

 private:
  void target(const std::string& wanted, const std::vector<target_index>& tried, const plan& p,
              const query& asked, const trace& why) {
    const bool right = tried.empty() ? wanted == "none" : is_named(rules_, tried.front(), wanted);
    if (right) return;
    if (!tried.empty()) return wrong("target", wanted, rules_.targets()[tried.front()].name);
    if (p.size != 0)
      return fail(fmt::format("expected target `{}`, but every target is out of reach", wanted), "");
    fail(fmt::format("expected target `{}`, but the query is refused", wanted),
         explain_empty(rules_, asked, p, why).message);
  }

  void order(const std::vector<target_index>& tried) {
    const auto same = [&](target_index t, const std::string& wanted) { return is_named(rules_, t, wanted); };
    if (std::equal(tried.begin(), tried.end(), test_.plan.begin(), test_.plan.end(), same)) return;
    fail(fmt::format("expected plan {}, came {}", fmt::join(test_.plan, ", "), names_of(rules_, tried)), "");
  }

  void wrong(std::string_view what, std::string_view wanted, std::string_view came) {
    fail(fmt::format("expected {} `{}`, came `{}`", what, wanted, came), "");
  }

  void fail(const std::string& message, std::string help) {
    log_.error("R010", test_.where, fmt::format("test `{}` failed: {}", test_.name, message),
               std::move(help));
  }

  const policy& rules_;
  const config::policy_test& test_;
  compile_log& log_;
};

void run(const policy& rules, const config::policy_test& test, compile_log& log) {
  setting s;
  const auto& unsensed = rules.unsensed();
  s.now_true = unsensed;
  s.declared.assign(unsensed.declared.begin(), unsensed.declared.end());
  s.asked.privacy = rules.configuration().default_privacy;
  s.targets.resize(rules.targets().size());
  for (const auto& given : test.given) give_any(s, rules, given, log);
  take_down(s, rules, test, log);
  if (s.asked.model.empty()) {
    log.error("R011", test.where, fmt::format("test `{}` gives no model", test.name),
              "add `model` to `given`");
    return;
  }
  s.offsets.assign(rules.zones().size(), 0);
  s.now_true.declared = s.declared;
  s.now_true.headers = s.headers;
  s.now_true.zone_offsets = s.offsets;
  s.now_true.now.unix_seconds = s.day + s.second;
  plan p;
  const auto why = std::make_unique<trace>();
  evaluate({rules, s.asked, s.now_true, s.targets, instant{}, 0}, p, *why);
  checker(rules, test, log).compare(s.asked, p, *why);
}

}  // namespace

void run_policy_tests(const policy& rules, compile_log& log) {
  for (const auto& test : rules.configuration().tests) run(rules, test, log);
}

}  // namespace nearfar::routes
