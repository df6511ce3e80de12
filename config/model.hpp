// The configuration as values: what the reader fills and what routes compile.
//
// Nothing here has behaviour. Every struct that a diagnostic may point at carries the mark of the
// text it came from. Durations are milliseconds, memory is bytes, money is USD per million tokens.
#pragma once

#include "config/period.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nearfar::config {

using millis = std::chrono::milliseconds;

// A place in the file: 1-based line and column, length in characters. Zero means "no place".
struct mark {
  int line = 0;
  int column = 0;
  int length = 0;
};

enum class tier : std::uint8_t { device, self_hosted, remote };
enum class privacy_level : std::uint8_t { public_, internal, private_ };

// What a target costs. Absent figures are unknown, which fails every max_price. `free` and the
// device tier cost 0.
struct price {
  std::optional<double> input;        // USD per million tokens
  std::optional<double> output;       // USD per million tokens
  std::optional<double> cached;       // USD per million cached input tokens
  std::optional<double> cache_write;  // USD per million tokens written to a prompt cache
  bool free = false;
  std::optional<double> request;  // USD a request, besides its tokens
};

// Absent means "as the catalog or the preset says".
struct capabilities {
  std::optional<bool> tools;
  std::optional<bool> images;
  std::optional<bool> audio;
  std::optional<bool> json;  // JSON-schema output
  std::optional<bool> stream;
};

// A top-level field of the request body and the JSON text to put there.
struct body_field {
  std::string name;
  std::string json;
  mark where;
};

enum class continuation_kind : std::uint8_t { native, instruct, restart, none };
enum class echo_habit : std::uint8_t { never, maybe };

// How a server is asked to go on with an answer that another began.
struct continuation {
  continuation_kind kind = continuation_kind::instruct;
  echo_habit echo = echo_habit::never;  // may it repeat what was said before it goes on
  bool trim = false;                    // it wants what was said without white space at its end
  std::string path;                     // empty: where every query goes
  std::vector<body_field> message;      // fields of the assistant message that it goes on with
  std::vector<body_field> set;          // fields of the body, over all others
  mark where;
};

// One model at one provider.
struct target_model {
  std::string id;                           // the upstream's id (the key in the file)
  std::string as;                           // our name for it; empty: the id
  std::optional<std::string> file;          // device runtime: the GGUF file, absolute
  std::optional<std::uint64_t> context;     // tokens
  std::optional<std::uint64_t> max_output;  // tokens
  std::optional<int> quality;
  std::optional<price> cost;
  capabilities can;
  std::vector<body_field> set;       // forced on every request to this target
  std::vector<body_field> defaults;  // put where the client left the field out
  std::optional<bool> hand_over;     // `continue`: may it continue an answer that another began
  mark where;
};

enum class runtime_kind : std::uint8_t { llama_server };

// A supervised child process.
struct runtime_config {
  runtime_kind kind = runtime_kind::llama_server;
  std::optional<std::string> binary;      // absent: PATH, then the state folder
  std::vector<std::string> args;          // appended to the command line
  millis keep{std::chrono::minutes{10}};  // idle time before the model is unloaded
  std::optional<std::uint64_t> memory;    // bytes, for all models of the provider
  mark where;
};

enum class secret_kind : std::uint8_t { none, env, file, client };

// Where a key comes from. Never the key itself.
struct secret_ref {
  secret_kind kind = secret_kind::none;
  std::string name;  // variable or absolute path
  mark where;
};

struct queue_config {
  unsigned max = 0;
  millis wait{0};
};

struct tls_config {
  std::optional<std::string> ca_file;  // trust this bundle instead of the system's
};

struct preset;  // config/preset.hpp

struct provider {
  std::string name;
  tier where_it_is = tier::remote;
  std::string preset;                                // empty only with a runtime, then "llama-server"
  std::shared_ptr<const config::preset> own_preset;  // where `preset` names a file
  std::string url;                                   // empty: the preset's, or the runtime's own socket
  std::optional<runtime_config> runtime;
  secret_ref key;
  bool optional = false;  // key missing: absent instead of an error
  std::string region;
  std::string retention;  // "none", "30d", ...; empty: unknown
  std::vector<std::string> labels;
  std::optional<unsigned> concurrent;
  std::optional<queue_config> queue;
  std::optional<tls_config> tls;
  std::optional<continuation> hand_over;  // `continuation`; absent: as the preset says
  bool discover = false;                  // models: discover
  std::optional<std::int64_t> listed_at;  // then: Unix seconds of the list in `models`; nullopt: none yet
  std::vector<target_model> models;
  mark where;
};

// A name that clients may ask for.
struct model_name {
  std::string name;                  // may end in or hold `*`
  std::vector<std::string> entries;  // `provider/model`, a model id, or another name
  std::vector<mark> entry_marks;
  mark where;
};

// ---- conditions -------------------------------------------------------------------------------

enum class compare_op : std::uint8_t { less, less_equal, greater, greater_equal, equal, between };

// A number against a bound; `between` uses low..high, both included. Units are already applied:
// per cent as 0..100, tokens and bytes as counts, durations as milliseconds, money as USD.
struct number_test {
  compare_op op = compare_op::equal;
  double low = 0;
  double high = 0;
};

// A window of the day in minutes since midnight, `from` may be after `to` (over midnight).
struct time_window {
  int from_minute = 0;
  int to_minute = 0;
  std::string zone;  // IANA name
};

struct header_test {
  std::string name;  // lower case
  std::string value;
  bool prefix = false;  // value ended in `*`
};

using test_value = std::variant<bool, std::string, number_test, time_window, header_test>;

// One key of a `when`: the fact and the values of which any may hold.
struct fact_test {
  std::string fact;
  std::vector<test_value> any_of;
  mark where;
};

enum class condition_kind : std::uint8_t { always, all, any, negate, test };

// A tree. `all` of nothing is true; a `when` of several keys is `all`.
struct condition {
  condition_kind kind = condition_kind::always;
  std::vector<condition> children;  // all, any, negate (exactly one)
  fact_test test;                   // kind == test
  mark where;
};

// ---- selectors --------------------------------------------------------------------------------

// One grammar for allow, deny, only, prefer, with. Inside a field any value matches, between
// fields all must. A bare word in the file is a tier, a provider, a target or a model.
struct selector {
  std::vector<tier> tiers;
  std::vector<std::string> providers;
  std::vector<std::string> targets;  // provider/model
  std::vector<std::string> models;
  std::vector<std::string> regions;
  std::vector<std::string> labels;
  std::vector<std::string> retentions;
  std::optional<number_test> price_input;   // USD per million
  std::optional<number_test> price_output;  // USD per million
  std::optional<number_test> quality;
  mark where;
};

// Any of several selectors.
using selector_list = std::vector<selector>;

// ---- the two tables ---------------------------------------------------------------------------

struct guard {
  std::string name;
  condition when;
  std::optional<condition> unless;
  selector_list allow;  // empty: everything
  selector_list deny;
  bool advisory = false;
  std::optional<std::string> until;  // RFC 3339
  mark where;
};

enum class order_by : std::uint8_t { listed, price, latency, throughput, quality, balanced };

struct max_price {
  std::optional<double> input;  // USD per million tokens
  std::optional<double> output;
};

struct rule {
  std::string name;
  condition when;
  selector_list only;                 // empty: everything
  std::vector<selector_list> prefer;  // ranks, best first
  order_by order = order_by::listed;
  std::optional<int> min_quality;
  std::optional<max_price> price_cap;
  std::optional<std::string> until;
  mark where;
};

// A base plus so much per thousand input tokens.
struct token_clock {
  millis base{0};
  millis per_1k_input{0};
};

struct answer_clock {
  std::optional<millis> device;
  std::optional<millis> self_hosted;
  std::optional<millis> remote;
};

// A second attempt, started early because the first is slow.
struct race_config {
  std::optional<millis> after;  // absent: the target's own p90
  selector_list with;           // empty: whatever comes next
  mark where;
};

enum class continue_when : std::uint8_t { safe, never };

// HOW. What an entry leaves out comes from the last entry named `default`, then from defaults of
// the project (see routes/attempt_settings.hpp).
struct attempts_entry {
  std::string name;
  condition when;
  std::optional<unsigned> total;
  std::optional<unsigned> same_target;
  std::optional<millis> retry_after_max;
  std::optional<millis> connect;
  std::optional<millis> load;
  std::optional<token_clock> first_token;
  std::optional<millis> stall;
  answer_clock answer;
  std::optional<millis> head_after;
  std::optional<millis> whole;  // the whole query
  std::optional<race_config> race;
  std::optional<continue_when> hand_over;  // `continue`
  std::optional<unsigned> hold_back;       // words
  mark where;
};

enum class stick_by : std::uint8_t { conversation };

// ---- limits -----------------------------------------------------------------------------------

enum class limit_of : std::uint8_t { cost, tokens, requests, concurrent };
// Whose account: one for all, or one for each key, team, ...
enum class limit_by : std::uint8_t { all, key, team, tag, model, tier };

// USD where the limit is of cost, else a count.
struct limit_amount {
  double value = 0;
  bool money = false;
  mark where;  // line 0: it could not be read
};

// Which targets the limit keeps out where it has no room; the others go on over it, and are counted. A limit
// without it keeps out all.
struct limit_then {
  selector_list deny;
  selector_list only;
  mark where;
};

struct limit {
  std::string name;
  limit_of of = limit_of::cost;
  limit_amount max;
  std::optional<period> per;  // absent for `concurrent` alone
  limit_by by = limit_by::all;
  std::string zone;  // IANA name; empty: UTC
  condition when;
  std::optional<limit_then> then;
  mark where;
};

// How long records are kept; absent: for ever.
struct retain_config {
  std::optional<millis> ledger;
  std::optional<millis> decisions;
  mark where;
};

// Back to the target that holds the prompt cache.
struct stick_config {
  stick_by by = stick_by::conversation;
  std::optional<millis> time;  // `for`; absent: as the target's preset says
  mark where;
};

// ---- facts, defaults, tests -------------------------------------------------------------------

enum class fact_type : std::uint8_t { boolean, number, name };

// Either a setting for a known sensed fact (`type` absent) or a fact of the user's own.
struct fact_config {
  std::string name;
  std::optional<fact_type> type;  // present: declared by the user
  std::optional<std::variant<bool, double, std::string>> if_unsensed;
  std::optional<millis> max_age;
  mark where;
};

// Beside facts, `given` takes names of limits that have no room left.
inline constexpr std::string_view reached_key = "reached";

struct given_fact {
  std::string fact;  // a header as `header:NAME`; `reached` with the names, commas between them
  std::variant<bool, double, std::string> value;
  mark where;
};

struct policy_test {
  std::string name;
  std::vector<given_fact> given;
  std::vector<std::string> down;      // providers or targets taken as unreachable
  std::optional<std::string> target;  // first of the plan; "none": refused
  std::optional<std::string> rule;
  std::optional<std::string> attempts;
  std::vector<std::string> plan;  // the whole order, if given
  selector_list never;
  mark where;
};

// ---- the file ---------------------------------------------------------------------------------

struct server_config {
  std::vector<std::string> listen{"127.0.0.1:8484"};  // host:port or unix:/path
  std::string admin = "127.0.0.1:8485";
  std::vector<std::string> hosts{"localhost"};
  std::vector<std::string> origins;
  std::optional<unsigned> threads;  // absent: one per core
  std::string state;                // folder, absolute
  mark where;
};

// What was decided and on which facts, a line a query, never text.
struct decisions_config {
  std::optional<std::uint64_t> size;  // bytes of one file; absent: 16 MiB
  std::optional<unsigned> files;      // kept in all; absent: 4
  mark where;
};

// What clients of OpenRouter's surface get otherwise than from OpenRouter, unless they are to.
struct openrouter_config {
  bool comments = false;  // its own words in keep-alives
  mark where;
};

// A file that the configuration brings in: a preset, or the imported catalog (empty where there is none).
struct included_file {
  std::string path;                     // absolute
  std::string text;                     // as it was read
  std::shared_ptr<const preset> holds;  // null: no preset, or one with errors
};

struct configuration {
  int version = 1;
  std::string path;    // the file, absolute; empty when read from text
  std::string folder;  // relative paths and `~` were resolved from here
  server_config server;
  privacy_level default_privacy = privacy_level::internal;
  std::vector<std::string> tags;
  std::vector<fact_config> facts;
  std::vector<provider> providers;
  std::vector<model_name> models;
  std::vector<guard> guards;
  std::vector<rule> rules;
  std::vector<attempts_entry> attempts;
  std::vector<limit> limits;
  std::optional<retain_config> retain;
  std::optional<stick_config> stick;          // absent: off
  std::optional<decisions_config> decisions;  // absent: off
  openrouter_config openrouter;
  std::optional<std::string> shadow;  // a second policy, evaluated beside this one; absolute
  std::vector<policy_test> tests;
  std::vector<included_file> included;
  std::string revision;  // first 12 hex digits of the SHA-256 of its text and those of `included`
};

}  // namespace nearfar::config
