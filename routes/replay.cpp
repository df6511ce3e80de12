#include "routes/replay.hpp"

#include "routes/fact_axis.hpp"
#include "routes/limits.hpp"

#include <algorithm>

namespace nearfar::routes {

namespace {

// Far enough from both ends that moments before and after the decision can be told.
constexpr instant replayed_at{std::chrono::hours(24 * 365)};

// A limit is what it was called then; one that this policy does not have stands in nobody's way, and neither
// does an unknown price that this policy knows.
std::uint16_t limit_then(const recorded_target& from, const policy& rules, target_index at) {
  if (!from.limit.empty()) return find_limit(rules, from.limit).value_or(none_index);
  const auto special = special_limit(from.over).value_or(none_index);
  return special == unpriced_limit && is_priced(rules.targets()[at]) ? none_index : special;
}

target_snapshot restore(const recorded_target& from) {
  target_snapshot out;
  out.breaker_admits = from.breaker_admits;
  out.breaker_reopens = replayed_at + from.reopens_in;
  if (from.parked != park_reason::none) {
    out.parked = {from.parked, from.park_left ? replayed_at + *from.park_left : instant::max()};
  }
  out.first_token = from.first_token;
  out.first_token_median = from.first_token_median;
  out.tokens_per_second = from.tokens_per_second;
  out.failure_share = from.failure_share;
  out.queue_full = from.queue_full;
  out.queue_room = from.queue_room;
  out.absent = from.absent;
  if (from.off_left.count() > 0) out.off_until = replayed_at + from.off_left;
  if (from.last_left.count() > 0) out.last_until = replayed_at + from.last_left;
  return out;
}

}  // namespace

replay::replay(const policy& rules, zone_lookup offset_of) : rules_(rules), offset_of_(std::move(offset_of)) {
  headers_ = headers_read(rules);
  const policy* one = &rules;
  const auto read = facts_read(std::span(&one, 1));
  for (const auto& name : rules.declared_facts()) {
    if (std::find(read.begin(), read.end(), name) != read.end()) declared_.push_back(name);
  }
  for (std::size_t i = 0; i < rules.targets().size(); ++i) {
    by_name_.emplace_back(rules.targets()[i].name, static_cast<target_index>(i));
  }
  std::sort(by_name_.begin(), by_name_.end());
  targets_.resize(rules.targets().size());
}

std::optional<target_index> replay::find(std::string_view name) const {
  const auto at =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at == by_name_.end() || at->first != name) return std::nullopt;
  return at->second;
}

std::vector<std::string> replay::missing_facts(const decision_record& of) const {
  std::vector<std::string> out;
  for (const auto& name : headers_) {
    if (!of.headers.contains(name)) out.push_back("header:" + name);
  }
  for (const auto& name : declared_) {
    if (!of.declared.contains(name)) out.push_back(name);
  }
  return out;
}

void replay::fill_zones(std::int64_t unix_seconds) {
  constexpr std::int64_t quarter_hour = 900;  // no zone changes within one
  if (zones_until_ > unix_seconds && zones_until_ - quarter_hour <= unix_seconds) return;
  zones_until_ = (unix_seconds / quarter_hour + 1) * quarter_hour;
  zones_.clear();
  for (const auto& zone : rules_.zones()) zones_.push_back(offset_of_(zone, unix_seconds).value_or(0));
  seen_.machine_offset = offset_of_("", unix_seconds).value_or(0);
}

evaluation_input replay::input(const decision_record& of) {
  const std::int64_t seconds = of.unix_ms / 1000;
  fill_zones(seconds);
  const auto machine = seen_.machine_offset;
  seen_ = of.seen;
  seen_.machine_offset = machine;
  seen_.now.unix_seconds = seconds;
  seen_.zone_offsets = zones_;
  declared_values_.clear();
  for (const auto& name : rules_.declared_facts()) {
    const auto found = of.declared.find(name);
    declared_values_.push_back(found == of.declared.end() ? declared_value{} : found->second);
  }
  seen_.declared = declared_values_;
  sent_.clear();
  for (const auto& [name, value] : of.headers) {
    if (value) sent_.push_back({name, *value});
  }
  seen_.headers = sent_;
  candidate_list room;
  for (const auto index : candidates_of(rules_, of.asked, room)) targets_[index] = {};
  for (const auto& target : of.targets) {
    const auto index = find(target.name);
    if (!index) continue;
    targets_[*index] = restore(target);
    targets_[*index].over_limit = limit_then(target, rules_, *index);
  }
  keep_out(rules_, of.asked, seen_, {}, targets_);
  evaluation_input out{rules_, of.asked, seen_, targets_, replayed_at, of.seed};
  if (const auto index = of.sticky.empty() ? std::nullopt : find(of.sticky)) {
    out.sticky = {*index, replayed_at - of.sticky_age};
  }
  return out;
}

}  // namespace nearfar::routes
