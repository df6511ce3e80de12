// The field table, part 3: selectors, guards, rules, attempts, facts and tests.
#pragma once

#include "config/field.hpp"
#include "config/fields_provider.hpp"
#include "config/model.hpp"

#include <array>

namespace nearfar::config {

inline constexpr auto orders = std::to_array<choice_value<order_by>>({
    {"listed", order_by::listed, "as the model name lists them"},
    {"price", order_by::price, "cheapest first"},
    {"latency", order_by::latency, "quickest first token first"},
    {"throughput", order_by::throughput, "most tokens a second first"},
    {"quality", order_by::quality, "highest `quality` first"},
    {"balanced", order_by::balanced, "expected cost and expected time together"},
});

inline constexpr auto continue_choices = std::to_array<choice_value<continue_when>>({
    {"safe", continue_when::safe, "where what was said is plain text"},
    {"never", continue_when::never, "an error event instead"},
});

inline constexpr auto stick_choices = std::to_array<choice_value<stick_by>>({
    {"conversation", stick_by::conversation, "a session's id, else how the conversation began"},
});

inline constexpr auto periods = std::to_array<choice_value<period>>({
    {"minute", period::minute, "from one full minute to the next"},
    {"hour", period::hour, "from one full hour to the next"},
    {"day", period::day, "from midnight to midnight in the limit's zone"},
    {"month", period::month, "from the first of a month to the next"},
});

inline constexpr auto limit_counts = std::to_array<choice_value<limit_of>>({
    {"cost", limit_of::cost, "money"},
    {"tokens", limit_of::tokens, "of prompts and answers together"},
    {"requests", limit_of::requests, "queries"},
    {"concurrent", limit_of::concurrent, "queries at once"},
});

inline constexpr auto limit_owners = std::to_array<choice_value<limit_by>>({
    {"all", limit_by::all, "one account for everybody"},
    {"key", limit_by::key, "one for each key; callers without one share theirs"},
    {"team", limit_by::team, "one for each team of keys"},
    {"tag", limit_by::tag, "one for each tag"},
    {"model", limit_by::model, "one for each model name"},
    {"tier", limit_by::tier, "one for each tier"},
});

inline constexpr auto fact_types = std::to_array<choice_value<fact_type>>({
    {"bool", fact_type::boolean, "true or false"},
    {"number", fact_type::number, "a plain number"},
    {"name", fact_type::name, "a word"},
});

template <class Visitor>
void describe(Visitor& v, selector& s) {
  v.field({.key = "tier", .doc = "where the provider is", .example = "[device, self_hosted]"}, s.tiers,
          list_kind<choice_kind<tier>>{{tiers}, list_form::one_alone});
  v.field({.key = "provider", .doc = "by name", .example = "homelab"}, s.providers,
          list_kind<reference_kind>{{reference::provider}, list_form::one_alone});
  v.field({.key = "target", .doc = "one model at one provider", .example = "homelab/qwen3-32b"}, s.targets,
          list_kind<reference_kind>{{reference::target}, list_form::one_alone});
  v.field({.key = "model", .doc = "by id or `as`, wherever it is served", .example = "qwen3-32b"}, s.models,
          list_kind<reference_kind>{{reference::model}, list_form::one_alone});
  v.field({.key = "region", .doc = "the provider's `region`", .example = "[home, eu]"}, s.regions,
          list_kind<region_kind>{{}, list_form::one_alone});
  v.field({.key = "label", .doc = "one of the provider's `labels`", .example = "fast"}, s.labels,
          list_kind<name_kind>{{"label"}, list_form::one_alone});
  v.field({.key = "retention", .doc = "the provider's `retention`", .example = "none"}, s.retentions,
          list_kind<retention_kind>{{}, list_form::one_alone});
  v.field({.key = "price", .doc = "compared: both prices, or each its own", .example = "\"< 3 USD/M\""}, s,
          price_test_kind{});
  v.field({.key = "quality", .doc = "compared", .example = "\">= 1000\""}, s.quality, number_test_kind{});
}

// `price: {input: ..., output: ...}` of a selector.
struct price_test_section {
  std::optional<number_test> input;
  std::optional<number_test> output;
};

template <class Visitor>
void describe(Visitor& v, price_test_section& p) {
  v.field({.key = "input", .doc = "a million tokens in", .example = "\"< 3 USD/M\""}, p.input,
          number_test_kind{quantity::usd_per_million});
  v.field({.key = "output", .doc = "a million tokens out", .example = "\"< 15 USD/M\""}, p.output,
          number_test_kind{quantity::usd_per_million});
}

inline constexpr field_info until_field{
    .key = "until", .doc = "a moment after which it no longer holds", .example = "2026-12-01T08:00+01:00"};

template <class Visitor>
void describe(Visitor& v, guard& g) {
  v.field({.key = "name",
           .doc = "for traces and messages",
           .example = "private-stays-home",
           .need = presence::required},
          g.name, name_kind{"guard"});
  v.field({.key = "when",
           .doc = "when it holds; an unknown fact counts as yes",
           .fallback = "always",
           .example = "{privacy: private}"},
          g.when, condition_kind_ref{});
  v.field({.key = "unless",
           .doc = "who is exempt: keys, teams and sensed facts only",
           .example = "{key: [travel]}"},
          g.unless, condition_kind_ref{});
  v.field({.key = "allow", .doc = "only these are left", .example = "{tier: [device, self_hosted]}"}, g.allow,
          selectors_kind{});
  v.field({.key = "deny", .doc = "these are removed", .example = "{tier: remote}"}, g.deny, selectors_kind{});
  v.field({.key = "advisory",
           .doc = "I know that a client can loosen this guard by what it sends",
           .fallback = "false",
           .example = "true"},
          g.advisory, flag_kind{});
  v.field(until_field, g.until, moment_kind{});
}

template <class Visitor>
void describe(Visitor& v, max_price& m) {
  v.field({.key = "input", .doc = "a million tokens in", .example = "3 USD/M"}, m.input, price_kind);
  v.field({.key = "output", .doc = "a million tokens out", .example = "15 USD/M"}, m.output, price_kind);
}

template <class Visitor>
void describe(Visitor& v, rule& r) {
  v.field({.key = "name", .doc = "for traces and messages", .example = "default", .need = presence::required},
          r.name, name_kind{"rule"});
  v.field({.key = "when",
           .doc = "when it matches; an unknown fact counts as no",
           .fallback = "always",
           .example = "{battery: \"< 20%\"}"},
          r.when, condition_kind_ref{});
  v.field({.key = "only", .doc = "these and no others", .example = "{tier: [device, self_hosted]}"}, r.only,
          selectors_kind{});
  v.field({.key = "prefer",
           .doc = "ranks, best first; a nested list is one rank; the rest follow",
           .example = "[[device, self_hosted], remote]"},
          r.prefer, ranks_kind{});
  v.field({.key = "order", .doc = "inside a rank", .fallback = "listed", .example = "balanced"}, r.order,
          choice_kind<order_by>{orders});
  v.field({.key = "min_quality", .doc = "below it, or unknown: after all others", .example = "1000"},
          r.min_quality, number_kind{quantity::plain, 0, 1e6});
  v.field({.key = "max_price",
           .doc = "above it, or unknown: not at all",
           .example = "{input: 3 USD/M, output: 15 USD/M}"},
          r.price_cap, section_kind{});
  v.field(until_field, r.until, moment_kind{});
}

template <class Visitor>
void describe(Visitor& v, token_clock& c) {
  v.field({.key = "base", .doc = "for any input", .example = "15s", .need = presence::required}, c.base,
          duration_kind);
  v.field({.key = "per_1k_input",
           .doc = "and so much for each 1,000 tokens of it",
           .fallback = "0s",
           .example = "600ms"},
          c.per_1k_input, duration_kind);
}

template <class Visitor>
void describe(Visitor& v, answer_clock& a) {
  v.field({.key = "device", .doc = "from a target of this tier", .fallback = "60s", .example = "60s"},
          a.device, duration_kind);
  v.field({.key = "self_hosted", .doc = "from a target of this tier", .fallback = "3m", .example = "3m"},
          a.self_hosted, duration_kind);
  v.field({.key = "remote", .doc = "from a target of this tier", .fallback = "5m", .example = "5m"}, a.remote,
          duration_kind);
}

template <class Visitor>
void describe(Visitor& v, race_config& r) {
  v.field({.key = "after",
           .doc = "how long the first may be silent; `p90` is as long as nine in ten of its answers take",
           .example = "350ms",
           .need = presence::required},
          r.after, word_or_duration_kind{"p90"});
  v.field({.key = "with", .doc = "whom to ask then", .fallback = "the next of the plan", .example = "device"},
          r.with, selectors_kind{});
}

template <class Visitor>
void describe(Visitor& v, attempts_entry& a) {
  v.field({.key = "name", .doc = "for traces and messages", .example = "default", .need = presence::required},
          a.name, name_kind{"attempts entry"});
  v.field({.key = "when",
           .doc = "when it matches; an unknown fact counts as no",
           .fallback = "always",
           .example = "{tag: voice}"},
          a.when, condition_kind_ref{});
  v.field({.key = "total", .doc = "attempts for one query", .fallback = "4", .example = "4"}, a.total,
          number_kind{quantity::plain, 1, 64});
  v.field({.key = "same_target",
           .doc = "tries of one target after a reset or a 5xx, with jitter",
           .fallback = "2",
           .example = "2"},
          a.same_target, number_kind{quantity::plain, 1, 16});
  v.field({.key = "retry_after_max",
           .doc = "a shorter Retry-After is waited out, a longer one moves on and parks",
           .fallback = "3s",
           .example = "3s"},
          a.retry_after_max, duration_kind);
  v.field({.key = "connect", .doc = "name, connection and TLS", .fallback = "5s", .example = "5s"}, a.connect,
          duration_kind);
  v.field({.key = "load",
           .doc = "waiting for a model to load is its own clock",
           .fallback = "120s",
           .example = "120s"},
          a.load, duration_kind);
  v.field({.key = "first_token",
           .doc = "streams: no content token by then, and it moves on while another candidate is left",
           .fallback = "{base: 15s, per_1k_input: 600ms}",
           .example = "700ms"},
          a.first_token, clock_kind{});
  v.field({.key = "stall",
           .doc = "streams: longest gap between content tokens",
           .fallback = "120s",
           .example = "4s"},
          a.stall, duration_kind);
  v.field({.key = "answer",
           .doc = "not streamed: the whole answer, by tier",
           .fallback = "{device: 60s, self_hosted: 3m, remote: 5m}",
           .example = "{device: 60s, self_hosted: 3m, remote: 5m}"},
          a.answer, section_kind{});
  v.field({.key = "head_after",
           .doc = "streams: then status 200 and keep-alives go out, target still open",
           .fallback = "20s",
           .example = "20s"},
          a.head_after, duration_kind);
  v.field({.key = "whole", .doc = "the whole query; off when left out", .example = "10m"}, a.whole,
          duration_kind);
  v.field({.key = "race",
           .doc = "a second attempt early because the first is slow",
           .example = "{after: 350ms, with: device}"},
          a.race, section_kind{});
  v.field({.key = "continue", .doc = "hand-over after the first content token", .example = "safe"},
          a.hand_over, choice_kind<continue_when>{continue_choices});
  v.field({.key = "hold_back", .doc = "words kept back to smooth a hand-over", .example = "3 words"},
          a.hold_back, words_kind{});
}

template <class Visitor>
void describe(Visitor& v, limit_then& t) {
  v.field({.key = "deny", .doc = "these targets are out of it", .example = "{tier: remote}"}, t.deny,
          selectors_kind{});
  v.field({.key = "only", .doc = "these and no others are left", .example = "{price: \"<= 0 USD/M\"}"},
          t.only, selectors_kind{});
}

template <class Visitor>
void describe(Visitor& v, limit& l) {
  v.field({.key = "name",
           .doc = "for refusals, traces and accounts: another name is another account",
           .example = "daily-spend",
           .need = presence::required},
          l.name, name_kind{"limit"});
  v.field({.key = "of", .doc = "what is counted", .example = "cost", .need = presence::required}, l.of,
          choice_kind<limit_of>{limit_counts});
  v.field({.key = "max", .doc = "so much and no more", .example = "5 USD", .need = presence::required}, l.max,
          amount_kind{});
  v.field({.key = "per", .doc = "then it begins anew; not for `concurrent`", .example = "day"}, l.per,
          choice_kind<period>{periods});
  v.field({.key = "by", .doc = "whose account it is", .fallback = "all", .example = "key"}, l.by,
          choice_kind<limit_by>{limit_owners});
  v.field({.key = "zone", .doc = "whose midnight ends a day", .fallback = "UTC", .example = "Europe/Berlin"},
          l.zone, zone_kind{});
  v.field({.key = "when",
           .doc = "which queries it counts and holds; an unknown fact counts as yes",
           .fallback = "always",
           .example = "{tag: batch}"},
          l.when, condition_kind_ref{});
  v.field(
      {.key = "then",
       .doc = "targets that it keeps out where there is no room, others go on over it; left out, all of them",
       .example = "{deny: {tier: remote}}"},
      l.then, section_kind{});
}

template <class Visitor>
void describe(Visitor& v, retain_config& r) {
  v.field({.key = "ledger", .doc = "rows of the ledger", .fallback = "for ever", .example = "90d"}, r.ledger,
          number_kind{quantity::duration, 86'400'000, 3660.0 * 86'400'000});
  v.field({.key = "decisions", .doc = "files of the decision log", .fallback = "for ever", .example = "30d"},
          r.decisions, number_kind{quantity::duration, 86'400'000, 3660.0 * 86'400'000});
}

template <class Visitor>
void describe(Visitor& v, stick_config& s) {
  v.field({.key = "by", .doc = "what stays together", .fallback = "conversation", .example = "conversation"},
          s.by, choice_kind<stick_by>{stick_choices});
  v.field({.key = "for",
           .doc = "how long after the last answer: `preset` is as long as that provider's prompt cache lives",
           .fallback = "preset",
           .example = "preset"},
          s.time, word_or_duration_kind{"preset"});
}

template <class Visitor>
void describe(Visitor& v, fact_config& f) {
  v.field(
      {.key = "type", .doc = "makes it a fact of your own, pushed to PUT /admin/facts", .example = "bool"},
      f.type, choice_kind<fact_type>{fact_types});
  v.field({.key = "if_unsensed",
           .doc = "what holds where no sensor exists, as opposed to a reading gone stale",
           .fallback = "unknown",
           .example = "false"},
          f, fact_value_kind{});
  v.field({.key = "max_age", .doc = "an older reading is unknown", .example = "60s"}, f.max_age,
          duration_kind);
}

// `expect:` of a test.
struct expectation {
  policy_test& test;
};

template <class Visitor>
void describe(Visitor& v, expectation& e) {
  v.field({.key = "target", .doc = "the first of the plan, or `none`", .example = "phone/qwen3-0.6b"},
          e.test.target, reference_kind{reference::test_target});
  v.field({.key = "rule", .doc = "the rule that matched", .example = "offline"}, e.test.rule,
          name_kind{"rule"});
  v.field({.key = "attempts", .doc = "the attempts entry that matched", .example = "default"},
          e.test.attempts, name_kind{"attempts entry"});
  v.field({.key = "plan", .doc = "the whole order", .example = "[phone/qwen3-0.6b, homelab/qwen3-32b]"},
          e.test.plan, list_kind<reference_kind>{{reference::target}});
  v.field({.key = "never", .doc = "what must not be in the plan", .example = "{tier: remote}"}, e.test.never,
          selectors_kind{});
}

template <class Visitor>
void describe(Visitor& v, policy_test& t) {
  v.field({.key = "name",
           .doc = "what it shows",
           .example = "a private prompt never leaves",
           .need = presence::required},
          t.name, text_kind{});
  v.field({.key = "given",
           .doc = "facts, and limits that are `reached`; what is not given is as on a good day",
           .example = "{model: auto, privacy: private, network: offline}",
           .need = presence::required},
          t.given, given_kind{});
  v.field({.key = "down",
           .doc = "providers or targets taken as unreachable",
           .fallback = "[]",
           .example = "[homelab]"},
          t.down, list_kind<reference_kind>{{reference::provider_or_target}, list_form::one_alone});
  expectation expected{t};
  v.field({.key = "expect",
           .doc = "what must come out",
           .example = "{target: phone/qwen3-0.6b}",
           .need = presence::required},
          expected, expectation_kind{});
}

}  // namespace nearfar::config
