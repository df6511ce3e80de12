#include "providers/handover/leg_writer.hpp"

namespace nearfar::providers::handover {

usage sum_of(std::span<const leg_report> all) {
  usage sum;
  double cost = 0;
  bool priced = !all.empty();
  for (const leg_report& leg : all) {
    sum.input += leg.tokens.input;
    sum.output += leg.tokens.output;
    sum.cached += leg.tokens.cached;
    sum.cache_write += leg.tokens.cache_write;
    sum.reasoning += leg.tokens.reasoning;
    priced = priced && leg.tokens.cost.has_value();
    cost += leg.tokens.cost.value_or(0);
  }
  if (priced) sum.cost = cost;
  return sum;
}

}  // namespace nearfar::providers::handover
