// One decision as it was made: everything that evaluate read, and what came of it. Never text of a
// query. One line of the decision log; what explain, simulate and shadow work on afterwards.
#pragma once

#include "routes/evaluate.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::routes {

// A target's run-time state at that moment; moments are counted from the decision.
struct recorded_target {
  std::string name;
  std::string limit;  // the row that had no room for the query there; empty: none
  std::string over;   // where it was no row: limits.hpp's word
  bool breaker_admits = true;
  millis reopens_in{0};
  park_reason parked = park_reason::none;
  std::optional<millis> park_left;  // nullopt with a reason: until the configuration changes
  std::optional<millis> first_token;
  std::optional<millis> first_token_median;  // where the query had a deadline
  std::optional<double> tokens_per_second;
  double failure_share = 0;
  bool queue_full = false;
  bool queue_room = false;
  bool absent = false;
  millis off_left{0};
  millis last_left{0};
};

struct recorded_outcome {
  std::string target;  // that answered; empty: nobody
  std::string rule;
  std::vector<std::string> order;   // the plan
  std::vector<std::string> guards;  // that applied
  std::string end;                  // "complete", "refused", ...
  int status = 0;
  unsigned attempts = 0;
  std::optional<double> first_token_ms;
  double ms = 0;
  std::optional<std::uint64_t> input_tokens;  // as the upstream counted
  std::optional<std::uint64_t> output_tokens;
  std::uint64_t cached_tokens = 0;
};

struct decision_record {
  std::int64_t unix_ms = 0;
  std::string id;
  std::string policy;  // revision

  query asked;  // its views point at the texts below: call bind() after a copy or a move
  std::string model;
  std::string tag;
  std::string key;
  std::string team;
  std::optional<client_wishes> wishes;

  facts seen;  // `declared`, `headers` and zone offsets are left empty: they belong to a policy
  std::map<std::string, declared_value> declared;             // by name
  std::map<std::string, std::optional<std::string>> headers;  // those the policy asked for; nullopt: not sent
  std::uint64_t seed = 0;
  std::string sticky;  // target of the hit; empty: none
  millis sticky_age{0};
  std::vector<recorded_target> targets;  // the candidates of the name
  recorded_outcome outcome;

  void bind();
};

// The inputs of one decision as a JSON object without its last brace; `append_outcome` ends the line.
// `headers`: lower-case names that the policy's conditions ask for.
void append_decision(std::string& line, const evaluation_input& in, std::string_view id, std::int64_t unix_ms,
                     std::span<const std::string> headers);
void append_outcome(std::string& line, const recorded_outcome& what);

// Lower-case names of the headers that a policy's conditions ask for.
std::vector<std::string> headers_read(const policy& of);

}  // namespace nearfar::routes
