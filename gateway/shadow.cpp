#include "gateway/shadow.hpp"

#include "config/load.hpp"
#include "config/zones.hpp"
#include "gateway/decision_reader.hpp"
#include "routes/situation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::gateway {

namespace {

std::optional<std::int32_t> offset_of(const std::string& zone, std::int64_t at) {
  return zone.empty() ? config::machine_offset(at) : config::zone_offset(zone, at);
}

std::string first_error(const config::diagnostics& found) {
  for (const auto& one : found.all()) {
    if (one.level == config::severity::error) {
      return fmt::format("{}:{}: {}", found.file_of(one), one.where.line, one.message);
    }
  }
  return "";
}

}  // namespace

shadow_judge::shadow_judge(std::shared_ptr<const routes::policy> rules)
    : rules_(std::move(rules)), replay_(*rules_, offset_of) {}

void shadow_judge::judge(std::string_view line) {
  routes::decision_record record;
  std::string why;
  if (!read_decision(line, record, why)) return;
  if (!replay_.missing_facts(record).empty()) {
    undecidable_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const auto input = replay_.input(record);
  routes::evaluate(input, plan_, why_);
  const auto answer = routes::answer_of(plan_, why_);
  const auto& live = record.outcome.order;
  const bool agrees = answer.order.empty()
                          ? live.empty()
                          : !live.empty() && rules_->targets()[answer.order.front()].name == live.front();
  (agrees ? agree_ : differ_).fetch_add(1, std::memory_order_relaxed);
}

bool shadow_judge::is_same_as(const shadow_judge& other) const {
  const auto& mine = rules_->targets();
  const auto& its = other.rules_->targets();
  return revision() == other.revision() &&
         std::equal(mine.begin(), mine.end(), its.begin(), its.end(),
                    [](const auto& a, const auto& b) { return a.name == b.name; });
}

shadow_counts shadow_judge::counts() const {
  return {agree_.load(std::memory_order_relaxed), differ_.load(std::memory_order_relaxed),
          undecidable_.load(std::memory_order_relaxed)};
}

std::shared_ptr<shadow_judge> load_shadow(const std::string& file, std::string& why) {
  auto loaded = config::load_file(file);
  if (!loaded.value) {
    why = first_error(loaded.found);
    return nullptr;
  }
  auto rules = routes::policy::compile(loaded.value, loaded.found);
  if (!rules) {
    why = first_error(loaded.found);
    return nullptr;
  }
  return std::make_shared<shadow_judge>(std::move(rules));
}

}  // namespace nearfar::gateway
