#include "gateway/ledger/ledger_metrics.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace nearfar::gateway {

namespace {

void add(std::string& out, std::string_view name, std::string_view type, std::string_view help,
         std::uint64_t value) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type,
                 value);
}

void add_money(std::string& out, std::string_view name, std::string_view help, const tier_money& of) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
  for (std::size_t i = 0; i < of.size(); ++i) {
    // Nine decimals are all there are.
    fmt::format_to(std::back_inserter(out), "{}{{tier=\"{}\"}} {}.{:09}\n", name, ledger_tiers[i],
                   of[i] / 1'000'000'000, of[i] % 1'000'000'000);
  }
}

}  // namespace

std::string ledger_metrics(const ledger_health& of) {
  std::string out;
  add(out, "nearfar_ledger_rows_written_total", "counter", "attempts written to the ledger", of.written);
  add(out, "nearfar_ledger_rows_waiting", "gauge", "attempts that wait to be written", of.waiting);
  add(out, "nearfar_ledger_rows_lost_total", "counter",
      "attempts that neither the file took nor memory could hold", of.lost);
  add(out, "nearfar_ledger_writes", "gauge", "1: the ledger's file takes rows, 0: it does not",
      of.writes ? 1 : 0);
  add_money(out, "nearfar_cost_usd_total", "cost of all attempts with known prices, by tier", of.cost);
  add_money(out, "nearfar_cost_estimated_usd_total", "the part of it whose tokens nobody reported, by tier",
            of.estimated);
  return out;
}

std::string ledger_warning(const ledger_health& of) {
  if (of.writes && of.lost == 0) return "";
  if (of.writes)
    return fmt::format("{} attempts are missing from the ledger: its file took nothing for too long",
                       of.lost);
  return fmt::format("the ledger cannot be written: {}; {} attempts wait in memory, {} are lost", of.why,
                     of.waiting, of.lost);
}

}  // namespace nearfar::gateway
