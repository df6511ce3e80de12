// The ledger of a gateway under test beside the bill of the doubles behind it.
#pragma once

#include "gateway/ledger/ledger_row.hpp"
#include "gateway/limits/budget_book.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::tests {

// Read from the file, as somebody else would. Empty while there is none.
std::vector<gateway::ledger_row> ledger_rows(const gateway_under_test& gw);

// Every attempt has its row: as many as requests have reached the doubles and ended there. Waits for it.
bool settled(const gateway_under_test& gw);
// The same, where attempts that reached nobody have rows, too.
bool settled(const gateway_under_test& gw, std::size_t rows);

struct bill_sums {
  std::uint64_t output = 0;
  gateway::nano_usd cost = 0;
};
bill_sums ledger_sums(const std::vector<gateway::ledger_row>& rows);
// What the three doubles have billed.
support::billed_tokens doubles_bill(const gateway_under_test& gw);

// Rows and bills for people, where a test fails.
std::string both_bills(const gateway_under_test& gw);

// How the account stands in the file, waiting until nothing is reserved in it and `used` is there; the last
// that was seen where that does not come.
gateway::account_view account_of(const gateway_under_test& gw, std::string_view name, std::int64_t used);

}  // namespace nearfar::tests
