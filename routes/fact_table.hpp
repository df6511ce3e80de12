// The facts a condition may ask for: one row each, which drives the compiler of conditions, the
// checks on guards and explain.
#pragma once

#include "routes/facts.hpp"
#include "routes/query.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::routes {

enum class fact_id : std::uint8_t {
  network,
  lan,
  metered,
  roaming,
  battery,
  charging,
  thermal,
  privacy,
  tag,
  key,
  team,
  model,
  bucket,
  input_tokens,
  output_tokens,
  tools,
  images,
  audio,
  json,
  stream,
  dialect,
  body_bytes,
  deadline,
  first_token_budget,
  time,
  weekday,
  spend,
  header,
  declared,
};

// How the values of a condition are written and compared.
enum class fact_shape : std::uint8_t { flag, choice, number, text, window, weekday, header };

// Who says it. A guard may not hang on what a client says.
enum class fact_source : std::uint8_t { sensor, privacy, client, identity, clock, ledger };

struct fact_info {
  std::string_view name;
  fact_id id;
  fact_shape shape;
  fact_source source;
  std::span<const std::string_view> choices;  // of a choice, in the order of the enum
};

std::span<const fact_info> known_facts();
const fact_info* find_fact(std::string_view name);
const fact_info& info_of(fact_id id);

// What evaluate looks at.
struct fact_view {
  const query& asked;
  const facts& now_true;
};

// The ordinal of a flag (0, 1) or a choice. Nullopt: unknown.
std::optional<unsigned> choice_of(fact_id id, const fact_view& v);

enum class presence : std::uint8_t { known, unknown, absent };
struct number_value {
  presence is = presence::known;
  double value = 0;
};
// A number; a header that was not sent is absent, a sensor that is silent unknown.
number_value number_of(fact_id id, const fact_view& v);

// Empty: absent.
std::string_view text_of(fact_id id, const fact_view& v);

// 0..100, by a stable hash of the conversation, else of the key's name.
double bucket_of(const query& asked);

// What follows a number for people: "%", " ms", or nothing.
std::string_view unit_of(fact_id id);

// For people: "12%", "online", "unknown".
std::string fact_text(fact_id id, const fact_view& v);
std::string declared_text(std::size_t index, const fact_view& v);

}  // namespace nearfar::routes
