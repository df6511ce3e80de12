#include "routes/decision_record.hpp"

#include "routes/fact_axis.hpp"
#include "routes/json_text.hpp"
#include "routes/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace nearfar::routes {

namespace {

constexpr std::array<std::string_view, 3> privacy_names{"public", "internal", "private"};
constexpr std::array<std::string_view, 4> network_names{"online", "degraded", "portal", "offline"};
constexpr std::array<std::string_view, 2> lan_names{"up", "down"};
constexpr std::array<std::string_view, 4> thermal_names{"nominal", "fair", "serious", "critical"};
constexpr std::array<std::string_view, 5> park_names{"none", "rate_limited", "auth", "exhausted",
                                                     "not_installed"};
constexpr std::array<std::string_view, 6> order_names{"listed",     "price",   "latency",
                                                      "throughput", "quality", "balanced"};

void text(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, json_string(value));
}

void number(std::string& out, std::string_view name, std::uint64_t value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
}

void real(std::string& out, std::string_view name, double value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
}

// False is what a reader takes for granted: it costs no bytes.
void flag(std::string& out, std::string_view name, bool value) {
  if (value) fmt::format_to(std::back_inserter(out), ",\"{}\":true", name);
}

void sensed_flag(std::string& out, std::string_view name, const sensed<bool>& value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value ? (*value ? "true" : "false") : "null");
}

template <class State, class Names>
void sensed_word(std::string& out, std::string_view name, const sensed<State>& value, const Names& names) {
  if (value) {
    text(out, name, names[static_cast<std::size_t>(*value)]);
  } else {
    fmt::format_to(std::back_inserter(out), ",\"{}\":null", name);
  }
}

std::int64_t left(instant until, instant now) {
  if (until <= now) return 0;
  return std::chrono::duration_cast<millis>(until - now).count();
}

// What is as without wishes costs no bytes.
void append_wishes(std::string& out, const client_wishes& w) {
  out += ",\"wishes\":{\"models\":" + json_strings(w.models);
  if (!w.order.empty()) out += ",\"order\":" + json_strings(w.order);
  if (!w.only.empty()) out += ",\"only\":" + json_strings(w.only);
  if (!w.ignore.empty()) out += ",\"ignore\":" + json_strings(w.ignore);
  flag(out, "no_fallbacks", !w.fallbacks);
  flag(out, "no_retention", w.no_retention);
  flag(out, "free_only", w.free_only);
  flag(out, "openrouter_only", w.openrouter_only);
  flag(out, "across_models", w.across_models);
  if (w.required != 0) number(out, "required", w.required);
  if (w.quantizations != 0) number(out, "quantizations", w.quantizations);
  if (w.sort) text(out, "sort", order_names[static_cast<std::size_t>(*w.sort)]);
  if (w.max_price_input) real(out, "max_price_input", *w.max_price_input);
  if (w.max_price_output) real(out, "max_price_output", *w.max_price_output);
  if (w.min_throughput) real(out, "min_throughput", *w.min_throughput);
  if (w.max_latency) number(out, "max_latency_ms", static_cast<std::uint64_t>(w.max_latency->count()));
  out += '}';
}

void append_query(std::string& out, const query& asked) {
  out += ",\"query\":{\"dialect\":";
  out += json_string(to_string(asked.in));
  text(out, "model", asked.model);
  flag(out, "stream", asked.stream);
  flag(out, "tools", asked.tools);
  flag(out, "images", asked.images);
  flag(out, "audio", asked.audio);
  flag(out, "json", asked.json);
  flag(out, "reasoning_signed", asked.reasoning_signed);
  number(out, "choices", asked.choices);
  number(out, "input_tokens", asked.input_tokens);
  number(out, "output_tokens", asked.output_tokens);
  number(out, "body_bytes", asked.body_bytes);
  // A text: JSON readers keep 53 bits of a number.
  text(out, "conversation", fmt::format("{:016x}", asked.conversation));
  text(out, "privacy", privacy_names[static_cast<std::size_t>(asked.privacy)]);
  if (!asked.tag.empty()) text(out, "tag", asked.tag);
  if (!asked.key.empty()) text(out, "key", asked.key);
  if (!asked.team.empty()) text(out, "team", asked.team);
  constexpr std::uint8_t all_tiers = 0xff;
  if (asked.key_tiers != all_tiers) number(out, "key_tiers", asked.key_tiers);
  flag(out, "own_credential", asked.own_credential);
  if (asked.deadline_ms) number(out, "deadline_ms", *asked.deadline_ms);
  if (asked.first_token_ms) number(out, "first_token_ms", *asked.first_token_ms);
  if (asked.wishes) append_wishes(out, *asked.wishes);
  out += '}';
}

void append_facts(std::string& out, const evaluation_input& in) {
  const auto& now = in.now_true;
  out += ",\"facts\":{\"spend\":";
  fmt::format_to(std::back_inserter(out), "{}", now.spend);
  sensed_word(out, "network", now.network, network_names);
  sensed_word(out, "lan", now.lan, lan_names);
  sensed_flag(out, "metered", now.metered);
  sensed_flag(out, "roaming", now.roaming);
  fmt::format_to(std::back_inserter(out), ",\"battery\":{}",
                 now.battery ? fmt::format("{}", *now.battery) : "null");
  sensed_flag(out, "charging", now.charging);
  sensed_word(out, "thermal", now.thermal, thermal_names);
  out += '}';
  const auto names = in.rules.declared_facts();
  if (names.empty()) return;
  out += ",\"declared\":{";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ',';
    out += json_string(names[i]) + ":";
    const auto& value = i < now.declared.size() ? now.declared[i] : declared_value{};
    if (const auto* yes = std::get_if<bool>(&value)) {
      out += *yes ? "true" : "false";
    } else if (const auto* count = std::get_if<double>(&value)) {
      out += fmt::format("{}", *count);
    } else if (const auto* word = std::get_if<std::string>(&value)) {
      out += json_string(*word);
    } else {
      out += "null";
    }
  }
  out += '}';
}

bool same_field(std::string_view sent, std::string_view lower) {
  return std::equal(sent.begin(), sent.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

void append_headers(std::string& out, const facts& now, std::span<const std::string> names) {
  if (names.empty()) return;
  out += ",\"headers\":{";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ',';
    const auto sent = std::find_if(now.headers.begin(), now.headers.end(),
                                   [&](const header_view& h) { return same_field(h.name, names[i]); });
    out += json_string(names[i]) + ":" + (sent == now.headers.end() ? "null" : json_string(sent->value));
  }
  out += '}';
}

enum class deadline_given : std::uint8_t { no, yes };

void append_limit(std::string& out, const policy& rules, std::uint16_t over) {
  if (over == none_index) return;
  text(out, over < limit_count(rules) ? "limit" : "over", limit_name(rules, over));
}

void append_target(std::string& out, const policy& rules, target_index index, const target_snapshot& state,
                   instant now, deadline_given deadline) {
  out += "{\"target\":" + json_string(rules.targets()[index].name);
  append_limit(out, rules, state.over_limit);
  if (!state.breaker_admits)
    number(out, "reopens_in_ms", static_cast<std::uint64_t>(left(state.breaker_reopens, now)));
  flag(out, "breaker_open", !state.breaker_admits);
  if (state.parked.holds(now)) {
    text(out, "parked", park_names[static_cast<std::size_t>(state.parked.reason)]);
    if (state.parked.until != instant::max()) {
      number(out, "park_left_ms", static_cast<std::uint64_t>(left(state.parked.until, now)));
    }
  }
  if (state.first_token)
    number(out, "first_token_ms", static_cast<std::uint64_t>(state.first_token->count()));
  if (state.first_token_median && deadline == deadline_given::yes) {
    number(out, "first_token_median_ms", static_cast<std::uint64_t>(state.first_token_median->count()));
  }
  if (state.tokens_per_second) real(out, "tokens_per_second", *state.tokens_per_second);
  if (state.failure_share > 0) real(out, "failure_share", state.failure_share);
  flag(out, "queue_full", state.queue_full);
  flag(out, "queue_room", state.queue_room);
  flag(out, "absent", state.absent);
  if (state.off_until > now)
    number(out, "off_left_ms", static_cast<std::uint64_t>(left(state.off_until, now)));
  if (state.last_until > now)
    number(out, "last_left_ms", static_cast<std::uint64_t>(left(state.last_until, now)));
  out += '}';
}

}  // namespace

void decision_record::bind() {
  asked.model = model;
  asked.tag = tag;
  asked.key = key;
  asked.team = team;
  asked.wishes = wishes ? &*wishes : nullptr;
}

std::vector<std::string> headers_read(const policy& of) {
  std::vector<std::string> out;
  const policy* one = &of;
  constexpr std::string_view prefix = "header:";
  for (const auto& fact : facts_read(std::span(&one, 1))) {
    if (fact.starts_with(prefix)) out.push_back(fact.substr(prefix.size()));
  }
  return out;
}

void append_decision(std::string& line, const evaluation_input& in, std::string_view id, std::int64_t unix_ms,
                     std::span<const std::string> headers) {
  fmt::format_to(std::back_inserter(line), "{{\"at_ms\":{}", unix_ms);
  text(line, "id", id);
  text(line, "policy", in.rules.revision());
  append_query(line, in.asked);
  append_facts(line, in);
  append_headers(line, in.now_true, headers);
  text(line, "seed", fmt::format("{:016x}", in.seed));
  if (in.sticky.target != none_index) {
    text(line, "sticky", in.rules.targets()[in.sticky.target].name);
    number(line, "sticky_age_ms", static_cast<std::uint64_t>(left(in.now, in.sticky.since)));
  }
  line += ",\"targets\":[";
  bool first = true;
  candidate_list room;
  for (const auto index : candidates_of(in.rules, in.asked, room)) {
    if (!first) line += ',';
    first = false;
    append_target(line, in.rules, index, in.targets[index], in.now,
                  in.asked.deadline_ms ? deadline_given::yes : deadline_given::no);
  }
  line += ']';
}

void append_outcome(std::string& line, const recorded_outcome& what) {
  line += ",\"outcome\":{\"end\":" + json_string(what.end);
  number(line, "status", static_cast<std::uint64_t>(what.status));
  if (!what.target.empty()) text(line, "target", what.target);
  text(line, "rule", what.rule);
  line += ",\"order\":" + json_strings(what.order);
  line += ",\"guards\":" + json_strings(what.guards);
  number(line, "attempts", what.attempts);
  if (what.first_token_ms) real(line, "first_token_ms", *what.first_token_ms);
  real(line, "ms", what.ms);
  if (what.input_tokens) number(line, "input_tokens", *what.input_tokens);
  if (what.output_tokens) number(line, "output_tokens", *what.output_tokens);
  if (what.cached_tokens > 0) number(line, "cached_tokens", what.cached_tokens);
  line += "}}";
}

}  // namespace nearfar::routes
