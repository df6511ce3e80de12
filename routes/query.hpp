// What is known of one query before anything is asked. Filled by a dialect codec and the session.
#pragma once

#include "config/dialect.hpp"
#include "config/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::routes {

using config::dialect;
using config::to_string;

struct client_wishes;

// Views point into the query's own buffers (head and body), which outlive every use.
struct query {
  dialect in = dialect::openai_chat;
  std::string_view model;  // unescaped name as the client asked
  bool stream = false;
  bool include_usage = false;  // the client asked for the usage chunk
  bool tools = false;
  bool images = false;
  bool audio = false;
  bool json = false;                // JSON-schema or JSON-object output
  bool reasoning_signed = false;    // history bears a vendor's signed reasoning
  std::uint32_t choices = 1;        // `n`
  std::uint64_t input_tokens = 0;   // estimated
  std::uint64_t output_tokens = 0;  // asked for (max_tokens); 0: not said
  std::uint64_t body_bytes = 0;
  std::uint64_t conversation = 0;  // stable hash
  config::privacy_level privacy = config::privacy_level::internal;
  std::string_view tag;
  std::string_view key;  // name of the key, empty: none
  std::string_view team;
  std::optional<std::uint64_t> deadline_ms;
  std::optional<std::uint64_t> first_token_ms;
  std::optional<double> most_usd;  // that the client lets this query cost
  // Those that the key may use, a bit each in the order of config::tier.
  std::uint8_t key_tiers = 0xff;
  // The caller brings a credential of its own: for providers with `key: client`.
  bool own_credential = false;
  const client_wishes* wishes = nullptr;  // of its routing; null: none, as nearly always
};

}  // namespace nearfar::routes
