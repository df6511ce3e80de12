#include "routes/fact_table.hpp"

#include "config/fact_table.hpp"

#include <fmt/format.h>

#include <array>

namespace nearfar::routes {
namespace {

using shape = fact_shape;
using source = fact_source;
using std::string_view;

// The enums of routes/facts.hpp and routes/query.hpp follow these lists.
using config::dialect_words;
using config::lan_words;
using config::network_words;
using config::privacy_words;
using config::thermal_words;

// In the order of fact_id, without `declared`.
constexpr std::array<fact_info, 28> table{{
    {"network", fact_id::network, shape::choice, source::sensor, network_words},
    {"lan", fact_id::lan, shape::choice, source::sensor, lan_words},
    {"metered", fact_id::metered, shape::flag, source::sensor, {}},
    {"roaming", fact_id::roaming, shape::flag, source::sensor, {}},
    {"battery", fact_id::battery, shape::number, source::sensor, {}},
    {"charging", fact_id::charging, shape::flag, source::sensor, {}},
    {"thermal", fact_id::thermal, shape::choice, source::sensor, thermal_words},
    {"privacy", fact_id::privacy, shape::choice, source::privacy, privacy_words},
    {"tag", fact_id::tag, shape::text, source::client, {}},
    {"key", fact_id::key, shape::text, source::identity, {}},
    {"team", fact_id::team, shape::text, source::identity, {}},
    {"model", fact_id::model, shape::text, source::client, {}},
    {"bucket", fact_id::bucket, shape::number, source::client, {}},
    {"input_tokens", fact_id::input_tokens, shape::number, source::client, {}},
    {"output_tokens", fact_id::output_tokens, shape::number, source::client, {}},
    {"tools", fact_id::tools, shape::flag, source::client, {}},
    {"images", fact_id::images, shape::flag, source::client, {}},
    {"audio", fact_id::audio, shape::flag, source::client, {}},
    {"json", fact_id::json, shape::flag, source::client, {}},
    {"stream", fact_id::stream, shape::flag, source::client, {}},
    {"dialect", fact_id::dialect, shape::choice, source::client, dialect_words},
    {"body_bytes", fact_id::body_bytes, shape::number, source::client, {}},
    {"deadline", fact_id::deadline, shape::number, source::client, {}},
    {"first_token_budget", fact_id::first_token_budget, shape::number, source::client, {}},
    {"time", fact_id::time, shape::window, source::clock, {}},
    {"weekday", fact_id::weekday, shape::weekday, source::clock, {}},
    {"spend", fact_id::spend, shape::number, source::ledger, {}},
    {"header", fact_id::header, shape::header, source::client, {}},
}};

constexpr fact_info declared_row{"", fact_id::declared, shape::text, source::sensor, {}};

template <class T>
std::optional<unsigned> ordinal(const sensed<T>& value) {
  if (!value) return std::nullopt;
  return static_cast<unsigned>(*value);
}

number_value known(double value) {
  return {presence::known, value};
}
number_value known(std::uint64_t value) {
  return {presence::known, static_cast<double>(value)};
}

number_value or_absent(const std::optional<std::uint64_t>& value) {
  if (!value) return {presence::absent, 0};
  return known(*value);
}

std::uint64_t mixed(std::uint64_t x) {  // splitmix64's finaliser: neighbours land far apart
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t hashed(string_view text) {  // FNV-1a: the same on every machine and in every release
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace

std::span<const fact_info> known_facts() {
  return table;
}

const fact_info* find_fact(string_view name) {
  for (const auto& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const fact_info& info_of(fact_id id) {
  return id == fact_id::declared ? declared_row : table[static_cast<std::size_t>(id)];
}

std::optional<unsigned> choice_of(fact_id id, const fact_view& v) {
  const auto flag = [](bool b) { return std::optional<unsigned>{b ? 1U : 0U}; };
  switch (id) {
    case fact_id::network:
      return ordinal(v.now_true.network);
    case fact_id::lan:
      return ordinal(v.now_true.lan);
    case fact_id::metered:
      return ordinal(v.now_true.metered);
    case fact_id::roaming:
      return ordinal(v.now_true.roaming);
    case fact_id::charging:
      return ordinal(v.now_true.charging);
    case fact_id::thermal:
      return ordinal(v.now_true.thermal);
    case fact_id::privacy:
      return static_cast<unsigned>(v.asked.privacy);
    case fact_id::dialect:
      return static_cast<unsigned>(v.asked.in);
    case fact_id::tools:
      return flag(v.asked.tools);
    case fact_id::images:
      return flag(v.asked.images);
    case fact_id::audio:
      return flag(v.asked.audio);
    case fact_id::json:
      return flag(v.asked.json);
    case fact_id::stream:
      return flag(v.asked.stream);
    default:
      return std::nullopt;
  }
}

number_value number_of(fact_id id, const fact_view& v) {
  switch (id) {
    case fact_id::battery:
      if (!v.now_true.battery) return {presence::unknown, 0};
      return known(*v.now_true.battery);
    case fact_id::bucket:
      return known(bucket_of(v.asked));
    case fact_id::input_tokens:
      return known(v.asked.input_tokens);
    case fact_id::output_tokens:
      return known(v.asked.output_tokens);
    case fact_id::body_bytes:
      return known(v.asked.body_bytes);
    case fact_id::deadline:
      return or_absent(v.asked.deadline_ms);
    case fact_id::first_token_budget:
      return or_absent(v.asked.first_token_ms);
    case fact_id::spend:
      return known(v.now_true.spend);
    default:
      return {presence::unknown, 0};
  }
}

string_view text_of(fact_id id, const fact_view& v) {
  switch (id) {
    case fact_id::tag:
      return v.asked.tag;
    case fact_id::key:
      return v.asked.key;
    case fact_id::team:
      return v.asked.team;
    case fact_id::model:
      return v.asked.model;
    default:
      return {};
  }
}

double bucket_of(const query& asked) {
  const auto h = mixed(asked.conversation != 0 ? asked.conversation : hashed(asked.key));
  return static_cast<double>(h % 10'000) / 100.0;
}

string_view unit_of(fact_id id) {
  switch (id) {
    case fact_id::battery:
    case fact_id::bucket:
      return "%";
    case fact_id::deadline:
    case fact_id::first_token_budget:
      return " ms";
    case fact_id::spend:
      return " USD";
    default:
      return "";
  }
}

std::string fact_text(fact_id id, const fact_view& v) {
  const auto& row = info_of(id);
  switch (row.shape) {
    case shape::flag:
    case shape::choice: {
      const auto at = choice_of(id, v);
      if (!at) return "unknown";
      if (row.shape == shape::flag) return *at != 0 ? "yes" : "no";
      return std::string(row.choices[*at]);
    }
    case shape::number: {
      const auto n = number_of(id, v);
      if (n.is == presence::unknown) return "unknown";
      if (n.is == presence::absent) return "not given";
      return fmt::format("{}{}", n.value, unit_of(id));
    }
    case shape::text: {
      const auto text = text_of(id, v);
      return text.empty() ? "not given" : std::string(text);
    }
    case shape::window:
    case shape::weekday:
      return fmt::format("unix {}", v.now_true.now.unix_seconds);
    case shape::header:
      return "as sent";
  }
  return "unknown";
}

std::string declared_text(std::size_t index, const fact_view& v) {
  if (index >= v.now_true.declared.size()) return "unknown";
  const auto& value = v.now_true.declared[index];
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "yes" : "no";
  if (const auto* n = std::get_if<double>(&value)) return fmt::format("{}", *n);
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  return "unknown";
}

}  // namespace nearfar::routes
