// One row of the ledger: one call of one target, with what it used and what it cost.
#pragma once

#include "gateway/ledger/money.hpp"
#include "providers/dialects/usage.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// How sure the tokens and the cost are.
enum class certainty : std::uint8_t {
  reported,   // by the upstream
  estimated,  // a cancelled, lost or usage-less answer; or a call that may have been billed
  none,       // nothing was used: it failed before anything was generated
};

constexpr std::string_view to_string(certainty sure) {
  constexpr std::array<std::string_view, 3> words{"reported", "estimated", "none"};
  return words[static_cast<std::size_t>(sure)];
}

template <class Text>
struct ledger_row_of {
  std::int64_t at = 0;   // Unix milliseconds, of its end
  Text query{};          // x-nearfar-id
  unsigned attempt = 0;  // of the query, from 0
  unsigned leg = 0;      // of the answer, from 1; 0: the client has nothing of it
  Text key{};            // the key's name; empty: none was needed
  Text team{};
  Text tag{};
  Text model{};   // as the client asked
  Text target{};  // provider/model
  Text tier{};    // device, self_hosted, remote
  Text dialect{};
  bool stream = false;
  Text outcome{};  // answered, lost_race, cancelled, or the failure
  int status = 0;  // of a failure
  Text finish{};
  providers::usage tokens;
  certainty sure = certainty::reported;
  std::optional<nano_usd> cost;       // nullopt: a price is not known
  bool cost_is_reported = false;      // the upstream said the cost itself
  std::optional<nano_usd> dearest;    // the same tokens at the dearest target that was allowed
  std::optional<double> price_input;  // USD per million, as known then
  std::optional<double> price_output;
  std::int64_t first_token_us = -1;  // -1: none came
  std::int64_t took_us = 0;
  Text policy{};  // revision
};

using ledger_row = ledger_row_of<std::string>;
// Its texts are another's.
using ledger_row_view = ledger_row_of<std::string_view>;

template <class To, class From>
ledger_row_of<To> row_with(const ledger_row_of<From>& from) {
  ledger_row_of<To> out;
  out.at = from.at;
  out.query = To(from.query);
  out.attempt = from.attempt;
  out.leg = from.leg;
  out.key = To(from.key);
  out.team = To(from.team);
  out.tag = To(from.tag);
  out.model = To(from.model);
  out.target = To(from.target);
  out.tier = To(from.tier);
  out.dialect = To(from.dialect);
  out.stream = from.stream;
  out.outcome = To(from.outcome);
  out.status = from.status;
  out.finish = To(from.finish);
  out.tokens = from.tokens;
  out.sure = from.sure;
  out.cost = from.cost;
  out.cost_is_reported = from.cost_is_reported;
  out.dearest = from.dearest;
  out.price_input = from.price_input;
  out.price_output = from.price_output;
  out.first_token_us = from.first_token_us;
  out.took_us = from.took_us;
  out.policy = To(from.policy);
  return out;
}

}  // namespace nearfar::gateway
