#include "routes/limits.hpp"

#include "routes/tables.hpp"

namespace nearfar::routes {

std::size_t limit_count(const policy& rules) {
  return rules.compiled().limits.size();
}

const config::limit& limit_at(const policy& rules, std::uint16_t index) {
  return rules.compiled().source->limits[index];
}

bool is_of_cost(const policy& rules, std::uint16_t index) {
  if (index == key_rate_limit) return false;
  return index >= limit_count(rules) || limit_at(rules, index).of == config::limit_of::cost;
}

bool limit_bears(const policy& rules, std::uint16_t index, const query& asked, const facts& now_true) {
  const auto& t = rules.compiled();
  return t.code.holds(t.limits[index].when, {asked, now_true}) != truth::no;
}

bool limit_takes(const policy& rules, std::uint16_t index, target_index target) {
  return rules.compiled().limits[index].takes.has(target);
}

}  // namespace nearfar::routes
