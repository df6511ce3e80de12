// One row of the ledger: one call of one target, with what it used and what it cost.
#pragma once

#include "gateway/ledger/money.hpp"
#include "providers/dialects/usage.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::gateway {

// How sure the tokens and the cost are.
enum class certainty : std::uint8_t {
  reported,   // by the upstream
  estimated,  // a cancelled, lost or usage-less answer; or a call that may have been billed
  none,       // nothing was used: it failed before anything was generated
};

struct ledger_row {
  std::int64_t at = 0;   // Unix milliseconds, of its end
  std::string query;     // x-nearfar-id
  unsigned attempt = 0;  // of the query, from 0
  unsigned leg = 0;      // of the answer, from 1; 0: the client has nothing of it
  std::string key;       // the key's name; empty: none was needed
  std::string team;
  std::string tag;
  std::string model;   // as the client asked
  std::string target;  // provider/model
  std::string tier;    // device, self_hosted, remote
  std::string dialect;
  bool stream = false;
  std::string outcome;  // answered, lost_race, cancelled, or the failure
  int status = 0;       // of a failure
  std::string finish;
  providers::usage tokens;
  certainty sure = certainty::reported;
  std::optional<nano_usd> cost;       // nullopt: a price is not known
  bool cost_is_reported = false;      // the upstream said the cost itself
  std::optional<nano_usd> dearest;    // the same tokens at the dearest target that was allowed
  std::optional<double> price_input;  // USD per million, as known then
  std::optional<double> price_output;
  std::int64_t first_token_us = -1;  // -1: none came
  std::int64_t took_us = 0;
  std::string policy;  // revision
};

}  // namespace nearfar::gateway
