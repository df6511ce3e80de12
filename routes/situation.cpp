#include "routes/situation.hpp"

#include "routes/condition_compiler.hpp"
#include "routes/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nearfar::routes {
namespace {

constexpr std::int64_t day = 86'400;
// 1970-01-05, a Monday.
constexpr std::int64_t monday = 4 * day;
constexpr std::int64_t noon = 12 * 3600;
constexpr std::uint64_t buckets_searched = 1'000'000;

bool is_missing(const given_value& value) {
  return std::holds_alternative<std::monostate>(value);
}

template <class E>
bool give_choice(E& into, const fact_info& row, const given_value& value) {
  const auto* name = std::get_if<std::string>(&value);
  const auto at = name ? std::find(row.choices.begin(), row.choices.end(), *name) : row.choices.end();
  if (at == row.choices.end()) return false;
  into = static_cast<E>(at - row.choices.begin());
  return true;
}

template <class E>
bool give_choice(sensed<E>& into, const fact_info& row, const given_value& value) {
  if (is_missing(value)) {
    into.reset();
    return true;
  }
  E choice{};
  if (!give_choice(choice, row, value)) return false;
  into = choice;
  return true;
}

template <class T, class Into>
bool give_plain(Into& into, const given_value& value) {
  if (is_missing(value)) {
    into = Into{};
    return true;
  }
  const auto* typed = std::get_if<T>(&value);
  if (typed) into = *typed;
  return typed != nullptr;
}

template <class Into>
bool give_count(Into& into, const given_value& value) {
  if (is_missing(value)) {
    into = Into{};
    return true;
  }
  const auto* number = std::get_if<double>(&value);
  if (!number || !(*number >= 0) || *number > 1e18) return false;
  into = static_cast<std::uint64_t>(*number);
  return true;
}

// The bucket is a hash of the conversation: looks for a conversation that falls into it.
bool give_bucket(query& asked, const given_value& value) {
  if (is_missing(value)) {
    asked.conversation = 0;
    return true;
  }
  const auto* percent = std::get_if<double>(&value);
  if (!percent || !(*percent >= 0) || *percent >= 100) return false;
  for (asked.conversation = 1; asked.conversation < buckets_searched; ++asked.conversation) {
    if (std::abs(bucket_of(asked) - *percent) < 0.011) return true;
  }
  return false;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The weekday of a day since 1970-01-01, a Thursday; 0 is Monday.
std::int64_t weekday_of(std::int64_t days) {
  return ((days + 3) % 7 + 7) % 7;
}

}  // namespace

situation::situation(const policy& rules) : rules_(&rules), now_true_(rules.unsensed()) {
  declared_.assign(now_true_.declared.begin(), now_true_.declared.end());
  asked_.privacy = rules.configuration().default_privacy;
  asked_.own_credential = true;
  targets_.resize(rules.targets().size());
  over_.assign(rules.targets().size(), none_index);
  zone_offsets_.assign(rules.zones().size(), 0);
  now_true_.now.unix_seconds = monday + noon;
}

void situation::set_clock(std::int64_t unix_seconds, std::vector<std::int32_t> zone_offsets,
                          std::int32_t machine_offset) {
  now_true_.now.unix_seconds = unix_seconds;
  zone_offsets_ = std::move(zone_offsets);
  machine_offset_ = machine_offset;
}

void situation::read_from_body(const query& asked) {
  auto kept = asked_;
  model_ = asked.model;
  asked_ = asked;
  asked_.privacy = kept.privacy;
  asked_.deadline_ms = kept.deadline_ms;
  asked_.first_token_ms = kept.first_token_ms;
  asked_.key_tiers = kept.key_tiers;
  asked_.own_credential = kept.own_credential;
}

void situation::begin_at(const evaluation_input& in) {
  asked_ = in.asked;
  model_ = in.asked.model;
  tag_ = in.asked.tag;
  key_ = in.asked.key;
  team_ = in.asked.team;
  now_true_ = in.now_true;
  sent_.clear();
  for (const auto& header : in.now_true.headers) sent_.emplace_back(header.name, header.value);
  declared_.assign(in.now_true.declared.begin(), in.now_true.declared.end());
  declared_.resize(rules_->declared_facts().size());
  targets_.assign(in.targets.begin(), in.targets.end());
  targets_.resize(rules_->targets().size());
  over_.clear();
  for (const auto& t : targets_) over_.push_back(t.over_limit);
  reached_.clear();
  zone_offsets_.assign(in.now_true.zone_offsets.begin(), in.now_true.zone_offsets.end());
  zone_offsets_.resize(rules_->zones().size());
  machine_offset_ = in.now_true.machine_offset;
  second_of_day_.reset();
  weekday_.reset();
  now_ = in.now;
  seed_ = in.seed;
  sticky_ = in.sticky;
}

bool situation::give_time(const given_value& value) {
  second_of_day_.reset();
  if (is_missing(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  if (!text || text->size() != 5 || (*text)[2] != ':') return false;
  int hour = -1;
  int minute = -1;
  std::from_chars(text->data(), text->data() + 2, hour);
  std::from_chars(text->data() + 3, text->data() + 5, minute);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  second_of_day_ = hour * 3600 + minute * 60;
  return true;
}

bool situation::give_weekday(const given_value& value) {
  weekday_.reset();
  if (is_missing(value)) return true;
  const auto* text = std::get_if<std::string>(&value);
  const auto bits = text ? weekday_bits(*text) : 0U;
  for (unsigned d = 0; d < 7; ++d) {
    if ((bits >> d & 1U) == 0) continue;
    weekday_ = d;
    return true;
  }
  return false;
}

// What is given takes the place of what was begun at, except of limits that are no rows.
bool situation::give_reached(const given_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text && !is_missing(value)) return false;
  reached_.clear();
  for (auto& over : over_) {
    if (over < limit_count(*rules_)) over = none_index;
  }
  bool all = true;
  std::string_view left = text ? std::string_view(*text) : std::string_view();
  while (!left.empty()) {
    const auto end = std::min(left.find(','), left.size());
    const auto index = find_limit(*rules_, without_blanks(left.substr(0, end)));
    if (index) reached_.push_back(*index);
    all = all && index;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  std::ranges::sort(reached_);
  return all;
}

std::string situation::reached_text() const {
  std::string out;
  const auto add = [&](std::uint16_t index) {
    out += (out.empty() ? "" : ",") + std::string(limit_name(*rules_, index));
  };
  for (std::size_t i = 0; i < limit_count(*rules_); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (std::ranges::binary_search(reached_, index) || std::ranges::find(over_, index) != over_.end())
      add(index);
  }
  return out.empty() ? "none" : out;
}

bool situation::give_header(std::string_view name, const given_value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text && !is_missing(value)) return false;
  std::erase_if(sent_, [&](const auto& one) { return same_name(one.first, name); });
  if (text) sent_.emplace_back(name, *text);
  return true;
}

bool situation::give_sensed(const fact_info& row, const given_value& value) {
  auto& f = now_true_;
  switch (row.id) {
    case fact_id::network:
      return give_choice(f.network, row, value);
    case fact_id::lan:
      return give_choice(f.lan, row, value);
    case fact_id::thermal:
      return give_choice(f.thermal, row, value);
    case fact_id::metered:
      return give_plain<bool>(f.metered, value);
    case fact_id::roaming:
      return give_plain<bool>(f.roaming, value);
    case fact_id::charging:
      return give_plain<bool>(f.charging, value);
    case fact_id::battery:
      return give_plain<double>(f.battery, value);
    default:
      return false;
  }
}

bool situation::give_asked(const fact_info& row, const given_value& value) {
  auto& q = asked_;
  switch (row.id) {
    case fact_id::tag:
      return give_plain<std::string>(tag_, value);
    case fact_id::model:
      return give_plain<std::string>(model_, value);
    case fact_id::input_tokens:
      return give_count(q.input_tokens, value);
    case fact_id::output_tokens:
      return give_count(q.output_tokens, value);
    case fact_id::body_bytes:
      return give_count(q.body_bytes, value);
    case fact_id::deadline:
      return give_count(q.deadline_ms, value);
    case fact_id::first_token_budget:
      return give_count(q.first_token_ms, value);
    case fact_id::tools:
      return give_plain<bool>(q.tools, value);
    case fact_id::images:
      return give_plain<bool>(q.images, value);
    case fact_id::audio:
      return give_plain<bool>(q.audio, value);
    case fact_id::json:
      return give_plain<bool>(q.json, value);
    case fact_id::stream:
      return give_plain<bool>(q.stream, value);
    case fact_id::bucket:
      return give_bucket(q, value);
    case fact_id::dialect:
      return give_choice(q.in, row, value);
    default:
      return false;
  }
}

bool situation::give_known(const fact_info& row, const given_value& value) {
  switch (row.id) {
    case fact_id::privacy:
      if (is_missing(value)) {
        asked_.privacy = rules_->configuration().default_privacy;
        return true;
      }
      return give_choice(asked_.privacy, row, value);
    case fact_id::key:
      return give_plain<std::string>(key_, value);
    case fact_id::team:
      return give_plain<std::string>(team_, value);
    case fact_id::spend:
      return give_plain<double>(now_true_.spend, value);
    case fact_id::time:
      return give_time(value);
    case fact_id::weekday:
      return give_weekday(value);
    case fact_id::header: {
      const auto* text = std::get_if<std::string>(&value);
      const auto colon = text ? text->find(':') : std::string::npos;
      if (colon == std::string::npos) return false;
      const std::string_view all(*text);
      return give_header(without_blanks(all.substr(0, colon)),
                         std::string(without_blanks(all.substr(colon + 1))));
    }
    default:
      return row.source == fact_source::sensor ? give_sensed(row, value) : give_asked(row, value);
  }
}

situation::outcome situation::give(std::string_view fact, const given_value& value) {
  const auto fits = [](bool taken) { return taken ? outcome::taken : outcome::unfit; };
  constexpr std::string_view one_header = "header:";
  if (fact.starts_with(one_header)) return fits(give_header(fact.substr(one_header.size()), value));
  if (fact == config::reached_key) return fits(give_reached(value));
  if (const auto* row = find_fact(fact)) return fits(give_known(*row, value));
  const auto names = rules_->declared_facts();
  const auto at = std::find(names.begin(), names.end(), fact);
  if (at == names.end()) return outcome::unknown_fact;
  declared_[static_cast<std::size_t>(at - names.begin())] = value;
  return outcome::taken;
}

bool situation::take_down(std::string_view name) {
  const auto& from = rules_->configuration();
  bool known = false;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const auto& t = rules_->targets()[i];
    const auto& p = from.providers[t.provider];
    if (name != p.name && name != t.name && name != p.name + "/" + t.upstream_model) continue;
    known = take_down(static_cast<target_index>(i));
  }
  return known;
}

bool situation::take_down(target_index target) {
  if (target >= targets_.size()) return false;
  targets_[target].breaker_admits = false;
  targets_[target].breaker_reopens = instant::max();
  return true;
}

// A given time of day or weekday is put into the offsets: `until` keeps the real moment.
void situation::refresh_clock() {
  offsets_ = zone_offsets_;
  now_true_.machine_offset = machine_offset_;
  if (second_of_day_ || weekday_) {
    const auto moved = [&](std::int32_t offset) {
      const auto local = now_true_.now.unix_seconds + offset;
      auto days = local / day - (local % day < 0 ? 1 : 0);
      const auto second = second_of_day_.value_or(local - days * day);
      if (weekday_) days += *weekday_ - weekday_of(days);
      return static_cast<std::int32_t>(days * day + second - now_true_.now.unix_seconds);
    };
    for (auto& offset : offsets_) offset = moved(offset);
    now_true_.machine_offset = moved(machine_offset_);
  }
  now_true_.zone_offsets = offsets_;
}

void situation::refresh_limits() {
  if (limit_count(*rules_) == 0) return;
  for (std::size_t i = 0; i < targets_.size(); ++i) targets_[i].over_limit = over_[i];
  keep_out(*rules_, asked_, now_true_, reached_, targets_);
}

evaluation_input situation::input() {
  asked_.model = model_;
  asked_.tag = tag_;
  asked_.key = key_;
  asked_.team = team_;
  headers_.clear();
  for (const auto& [name, value] : sent_) headers_.push_back({name, value});
  now_true_.headers = headers_;
  now_true_.declared = declared_;
  refresh_clock();
  refresh_limits();
  return {*rules_, asked_, now_true_, targets_, now_, seed_, sticky_};
}

answer answer_of(const plan& p, const trace& why) {
  answer out;
  out.rule = p.rule;
  out.attempts = p.attempts;
  const auto end = why.verdicts.begin() + static_cast<std::ptrdiff_t>(why.candidates);
  for (std::size_t i = 0; i < p.size; ++i) {
    const auto is = [&](const verdict& v) { return v.target == p.order[i] && v.reason == drop_reason::kept; };
    if (std::any_of(why.verdicts.begin(), end, is)) out.order.push_back(p.order[i]);
  }
  out.held_back = out.order.empty() && p.size != 0;
  return out;
}

}  // namespace nearfar::routes
