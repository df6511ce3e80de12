// GET /api/v1/key and /api/v1/credits: what the calling key may spend and has spent, by the ledger.
#pragma once

#include "gateway/keys/key_record.hpp"
#include "gateway/ledger/ledger_store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::gateway {

// Of one key, or of all queries where no keys exist. Days, weeks (from Monday) and months are UTC's.
struct key_usage {
  nano_usd all = 0;  // that the ledger still knows
  nano_usd day = 0;
  nano_usd week = 0;
  nano_usd month = 0;
  nano_usd window = 0;  // of the key's budget; of a key without one 0
};

// `now` in Unix seconds.
routes::result<key_usage> key_usage_of(ledger_store& store, const std::optional<key_record>& key,
                                       std::int64_t now);

std::string key_json(const std::optional<key_record>& key, const key_usage& used);
// What is left of a budget is the difference of the two figures: the usage is that of the budget's window.
std::string credits_json(const std::optional<key_record>& key, const key_usage& used);

}  // namespace nearfar::gateway
