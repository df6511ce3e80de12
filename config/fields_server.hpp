// The field table, part 1: the file itself and its static part.
#pragma once

#include "config/field.hpp"
#include "config/fields_policy.hpp"
#include "config/fields_provider.hpp"
#include "config/model.hpp"

#include <array>

namespace nearfar::config {

inline constexpr auto privacy_levels = std::to_array<choice_value<privacy_level>>({
    {"public", privacy_level::public_, "may go anywhere"},
    {"internal", privacy_level::internal, "what guards do not forbid"},
    {"private", privacy_level::private_, "what guards keep at home"},
});

template <class Visitor>
void describe(Visitor& v, server_config& s) {
  v.field({.key = "listen",
           .doc = "where clients connect; several allowed, also `unix:/path`",
           .fallback = "127.0.0.1:8484",
           .example = "127.0.0.1:8484"},
          s.listen, list_kind<listen_kind>{{}, list_form::one_alone});
  v.field({.key = "admin",
           .doc = "console, admin API and metrics; always behind the token in the state folder",
           .fallback = "127.0.0.1:8485",
           .example = "127.0.0.1:8485"},
          s.admin, listen_kind{});
  v.field({.key = "hosts",
           .doc = "Host headers accepted beside the listen address",
           .fallback = "[localhost]",
           .example = "[localhost, glasses.local]"},
          s.hosts, list_kind<host_kind>{});
  v.field({.key = "origins",
           .doc = "browser origins allowed (CORS)",
           .fallback = "[]",
           .example = "[\"https://app.example\"]"},
          s.origins, list_kind<origin_kind>{});
  v.field({.key = "threads",
           .doc = "one event loop each; `auto` is one a core",
           .fallback = "auto",
           .example = "2"},
          s.threads, threads_kind{});
  v.field({.key = "state",
           .doc = "folder for the admin token and the ledger",
           .fallback = "~/.local/state/nearfar",
           .example = "~/.local/state/nearfar"},
          s.state, path_kind{});
}

// `defaults:`, which has no struct of its own in the model.
struct defaults_section {
  privacy_level privacy = privacy_level::internal;
};

template <class Visitor>
void describe(Visitor& v, defaults_section& d) {
  v.field({.key = "privacy",
           .doc = "how private a query is that does not say, so that privacy is never unknown",
           .fallback = "internal",
           .example = "internal"},
          d.privacy, choice_kind<privacy_level>{privacy_levels});
}

template <class Visitor>
void describe(Visitor& v, decisions_config& d) {
  v.field(
      {.key = "size", .doc = "of one file; then the next begins", .fallback = "16MiB", .example = "16MiB"},
      d.size, bytes_kind);
  v.field({.key = "files", .doc = "kept in all; the oldest goes", .fallback = "4", .example = "4"}, d.files,
          number_kind{quantity::plain, 1, 1000});
}

template <class Visitor>
void describe(Visitor& v, openrouter_config& o) {
  v.field({.key = "comments",
           .doc = "keep-alives of streams under /api/v1 say `: OPENROUTER PROCESSING`, not `: keep-alive`",
           .fallback = "false",
           .example = "true"},
          o.comments, flag_kind{});
}

// The order of the fields is the order of reading: what others refer to comes first.
template <class Visitor>
void describe(Visitor& v, configuration& c) {
  v.field({.key = "version", .doc = "of the grammar", .example = "1", .need = presence::required}, c.version,
          version_kind{});
  v.field({.key = "server",
           .doc = "the static part: a change needs a restart",
           .example = "{listen: 127.0.0.1:8484}"},
          c.server, section_kind{});
  defaults_section defaults{c.default_privacy};
  v.field({.key = "defaults", .doc = "for queries that do not say", .example = "{privacy: internal}"},
          defaults, section_kind{});
  c.default_privacy = defaults.privacy;
  v.field({.key = "tags",
           .doc = "tags a client may send; another one is a 400",
           .fallback = "[]",
           .example = "[voice, batch]"},
          c.tags, tags_kind{});
  v.field({.key = "facts",
           .doc = "settings of sensed facts, and facts of your own",
           .example = "{metered: {if_unsensed: false, max_age: 60s}}"},
          c.facts, fact_settings_kind{});
  v.field({.key = "providers",
           .doc = "places that serve models",
           .example = "{homelab: {tier: self_hosted, preset: vllm, url: \"http://192.168.1.20:8000\", "
                      "models: [qwen3-32b]}}",
           .need = presence::required},
          c.providers, dictionary_kind{"provider"});
  v.field({.key = "models",
           .doc = "names that clients may ask for; globs allowed",
           .example = "{auto: [phone/qwen3-0.6b, homelab/qwen3-32b]}"},
          c.models, model_names_kind{});
  v.field(
      {.key = "guards",
       .doc = "hard walls: order does not matter, deny wins, nothing weakens them",
       .example =
           "[{name: private-stays-home, when: {privacy: private}, allow: {tier: [device, self_hosted]}}]"},
      c.guards, sequence_kind{"guard"});
  v.field({.key = "rules",
           .doc = "WHO: the first match orders the targets that the guards left",
           .example = "[{name: default, order: balanced}]"},
          c.rules, sequence_kind{"rule"});
  v.field({.key = "attempts",
           .doc = "HOW: the first match sets the clocks; what it leaves out comes from the entry `default`",
           .example = "[{name: default, total: 4}]"},
          c.attempts, sequence_kind{"attempts entry"});
  v.field(
      {.key = "limits",
       .doc = "budgets and rates: reserved before a call and settled after it",
       .example =
           "[{name: daily-spend, of: cost, max: 5 USD, per: day, by: key, then: {deny: {tier: remote}}}]"},
      c.limits, sequence_kind{"limit"});
  v.field({.key = "retain",
           .doc = "how long records are kept",
           .fallback = "for ever",
           .example = "{ledger: 90d, decisions: 30d}"},
          c.retain, section_kind{});
  v.field({.key = "stick",
           .doc = "stay with the target that holds the prompt cache",
           .fallback = "off",
           .example = "{by: conversation, for: preset}"},
          c.stick, section_kind{});
  v.field({.key = "decisions",
           .doc = "the decision log in the state folder: facts and outcome a query, never text",
           .fallback = "off",
           .example = "{size: 16MiB, files: 4}"},
          c.decisions, section_kind{});
  v.field({.key = "openrouter",
           .doc = "what /api/v1 says as OpenRouter does only if it is to",
           .example = "{comments: true}"},
          c.openrouter, section_kind{});
  v.field({.key = "shadow",
           .doc = "a second policy, evaluated beside this one; disagreements are counted",
           .example = "next.yaml"},
          c.shadow, path_kind{});
  v.field({.key = "tests",
           .doc = "what the policy must answer; run by `check` and before every reload",
           .example = "[{name: offline, given: {network: offline}, expect: {target: phone/qwen3-0.6b}}]"},
          c.tests, sequence_kind{"test"});
}

}  // namespace nearfar::config
