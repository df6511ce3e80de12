// A caller's key: who it is, and what it may do. The key itself is shown once and nowhere kept.
#pragma once

#include "config/model.hpp"
#include "gateway/ledger/money.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

using key_hash = std::array<unsigned char, 32>;  // SHA-256 of the whole key

struct key_budget {
  nano_usd max = 0;
  config::period per = config::period::month;
};

struct key_rate {
  std::uint64_t requests = 0;
  config::period per = config::period::minute;
};

struct key_record {
  std::string name;  // unique; for rules, limits, ledger and logs
  key_hash hash{};
  std::string hint;          // the last four characters, for people
  std::int64_t created = 0;  // Unix seconds
  std::optional<std::int64_t> expires;
  bool revoked = false;
  std::vector<std::string> models;               // names and globs; empty: all
  std::vector<config::tier> tiers;               // empty: all
  std::optional<config::privacy_level> privacy;  // at least this private
  std::optional<key_budget> budget;
  std::optional<key_rate> rate;
  std::string team;
  std::vector<std::string> tags;  // those it may send; empty: all
};

enum class key_state : std::uint8_t { valid, expired, revoked };
inline key_state state_of(const key_record& key, std::int64_t now) {
  if (key.revoked) return key_state::revoked;
  return key.expires && *key.expires <= now ? key_state::expired : key_state::valid;
}

}  // namespace nearfar::gateway
