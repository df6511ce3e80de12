#include "config/supply.hpp"

#include "config/fact_table.hpp"

#include <algorithm>

namespace nearfar::config {

// The grammar knows `keys`, and the reader refuses them: no configuration that was read has any.
bool gives_out_keys(const configuration&) {
  return false;
}

supply supply_of(const configuration& c, std::string_view fact) {
  if (std::ranges::find(c.facts, fact, &fact_config::name) != c.facts.end()) return supply::foreseen;
  if (fact == "network" || fact == "lan") return supply::sure;
  const auto* known = find_fact(fact);
  if (known == nullptr) return supply::nobody;
  if (known->source == fact_source::caller) return gives_out_keys(c) ? supply::sure : supply::nobody;
  return known->source == fact_source::sensed ? supply::pushed : supply::sure;
}

}  // namespace nearfar::config
