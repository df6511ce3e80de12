#include "tests/integration/bill_check.hpp"

#include "gateway/ledger/database.hpp"
#include "gateway/ledger/ledger_store.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <stdexcept>

namespace nearfar::tests {
namespace {

using gateway::ledger_store;

std::array<const upstream_double*, 3> doubles_of(const gateway_under_test& gw) {
  return {&gw.device, &gw.self_hosted, &gw.remote};
}

bool all_ended(const support::double_counters& c) {
  return c.completed + c.cancelled + c.broken == c.requests;
}

// By its own statement: the ledger's own way to read accounts tidies the file.
void read_account(const gateway_under_test& gw, std::string_view name, gateway::account_view& out) {
  auto file = gateway::database::open(gw.ledger_file(), gateway::open_mode::read_only);
  if (!file) return;
  auto asked = file->prepare("SELECT used, reserved FROM accounts WHERE name = ?1");
  if (!asked) return;
  asked->bind(1, name);
  const auto found = asked->step();
  if (!found || !*found) return;
  out.account = name;
  out.used = asked->number(0);
  out.reserved = asked->number(1);
}

template <class F>
void with_ledger(const gateway_under_test& gw, F use) {
  if (!std::filesystem::exists(gw.ledger_file())) return;
  auto store = ledger_store::open(gw.ledger_file(), gateway::open_mode::read_only);
  // The gateway may be at making its tables.
  if (store) use(*store);
}

}  // namespace

std::vector<gateway::ledger_row> ledger_rows(const gateway_under_test& gw) {
  std::vector<gateway::ledger_row> out;
  with_ledger(gw, [&](ledger_store& store) {
    const auto read = store.each_since(0, [&](gateway::ledger_row row) { out.push_back(std::move(row)); });
    if (!read) out.clear();
  });
  return out;
}

bool settled(const gateway_under_test& gw) {
  const bool quiet = eventually([&] {
    for (const auto* one : doubles_of(gw)) {
      if (!all_ended(one->counters())) return false;
    }
    return true;
  });
  return quiet && settled(gw, gw.upstream_requests());
}

bool settled(const gateway_under_test& gw, std::size_t rows) {
  return eventually([&] { return ledger_rows(gw).size() >= rows; }) && ledger_rows(gw).size() == rows;
}

bill_sums ledger_sums(const std::vector<gateway::ledger_row>& rows) {
  bill_sums out;
  for (const auto& row : rows) {
    out.output += row.tokens.output;
    if (!row.cost) throw std::runtime_error("a row without a cost: " + row.target);
    out.cost += *row.cost;
  }
  return out;
}

support::billed_tokens doubles_bill(const gateway_under_test& gw) {
  support::billed_tokens out;
  for (const auto* one : doubles_of(gw)) out.add(one->billed());
  return out;
}

std::string both_bills(const gateway_under_test& gw) {
  std::string out = "ledger:\n";
  for (const auto& row : ledger_rows(gw)) {
    out += fmt::format("  {} {} attempt {} leg {} {} {} output {} cost {}\n", row.query, row.target,
                       row.attempt, row.leg, row.outcome, row.stream ? "stream" : "whole", row.tokens.output,
                       row.cost.value_or(-1));
  }
  out += "doubles:\n";
  for (const auto* one : doubles_of(gw)) {
    for (const auto& line : one->bill()) {
      out +=
          fmt::format("  {} request {} outcome {} {} output {}\n", line.model, line.number,
                      static_cast<int>(line.outcome), line.whole ? "whole" : "part", line.tokens.completion);
    }
  }
  return out;
}

gateway::account_view account_of(const gateway_under_test& gw, std::string_view name, std::int64_t used) {
  gateway::account_view out;
  (void)eventually([&] {
    read_account(gw, name, out);
    return out.account == name && out.used == used && out.reserved == 0;
  });
  return out;
}

}  // namespace nearfar::tests
