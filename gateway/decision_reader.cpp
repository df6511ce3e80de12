#include "gateway/decision_reader.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;
using routes::decision_record;

std::string text(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool flag(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_bool() && value->as_bool();
}

std::optional<double> real(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::optional<std::uint64_t> count(const json::object& from, std::string_view name) {
  const auto value = real(from, name);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<routes::millis> duration(const json::object& from, std::string_view name) {
  const auto value = count(from, name);
  if (!value) return std::nullopt;
  return routes::millis(static_cast<std::int64_t>(*value));
}

std::uint64_t hex(const json::object& from, std::string_view name) {
  const auto digits = text(from, name);
  std::uint64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  return out;
}

routes::sensed<bool> sensed_flag(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_bool()) return std::nullopt;
  return value->as_bool();
}

template <class State, std::size_t N>
routes::sensed<State> word(const json::object& from, std::string_view name,
                           const std::array<std::string_view, N>& words) {
  const auto value = text(from, name);
  const auto found = std::find(words.begin(), words.end(), value);
  if (found == words.end()) return std::nullopt;
  return static_cast<State>(found - words.begin());
}

const json::object* object(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::vector<std::string> strings(const json::object& from, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = from.if_contains(name);
  if (!value || !value->is_array()) return out;
  for (const auto& one : value->as_array()) {
    if (one.is_string()) out.emplace_back(one.as_string());
  }
  return out;
}

void read_wishes(const json::object& from, routes::client_wishes& out) {
  constexpr std::array<std::string_view, 6> orders{"listed",     "price",   "latency",
                                                   "throughput", "quality", "balanced"};
  out.models = strings(from, "models");
  out.order = strings(from, "order");
  out.only = strings(from, "only");
  out.ignore = strings(from, "ignore");
  out.fallbacks = !flag(from, "no_fallbacks");
  out.no_retention = flag(from, "no_retention");
  out.free_only = flag(from, "free_only");
  out.openrouter_only = flag(from, "openrouter_only");
  out.across_models = flag(from, "across_models");
  out.required = static_cast<routes::parameter_set>(count(from, "required").value_or(0));
  out.quantizations = static_cast<routes::quantization_set>(count(from, "quantizations").value_or(0));
  out.sort = word<config::order_by>(from, "sort", orders);
  out.max_price_input = real(from, "max_price_input");
  out.max_price_output = real(from, "max_price_output");
  out.min_throughput = real(from, "min_throughput");
  out.max_latency = duration(from, "max_latency_ms");
}

void read_query(const json::object& from, decision_record& out) {
  constexpr std::array<std::string_view, 3> privacy{"public", "internal", "private"};
  auto& asked = out.asked;
  if (const auto in = config::dialect_of(text(from, "dialect"))) asked.in = *in;
  out.model = text(from, "model");
  out.tag = text(from, "tag");
  out.key = text(from, "key");
  out.team = text(from, "team");
  asked.key_tiers = static_cast<std::uint8_t>(count(from, "key_tiers").value_or(0xff));
  asked.own_credential = flag(from, "own_credential");
  asked.stream = flag(from, "stream");
  asked.tools = flag(from, "tools");
  asked.images = flag(from, "images");
  asked.audio = flag(from, "audio");
  asked.json = flag(from, "json");
  asked.reasoning_signed = flag(from, "reasoning_signed");
  asked.choices = static_cast<std::uint32_t>(count(from, "choices").value_or(1));
  asked.input_tokens = count(from, "input_tokens").value_or(0);
  asked.output_tokens = count(from, "output_tokens").value_or(0);
  asked.body_bytes = count(from, "body_bytes").value_or(0);
  asked.conversation = hex(from, "conversation");
  asked.privacy =
      word<config::privacy_level>(from, "privacy", privacy).value_or(config::privacy_level::internal);
  asked.deadline_ms = count(from, "deadline_ms");
  asked.first_token_ms = count(from, "first_token_ms");
  if (const auto* wishes = object(from, "wishes")) read_wishes(*wishes, out.wishes.emplace());
}

void read_facts(const json::object& from, routes::facts& out) {
  constexpr std::array<std::string_view, 4> network{"online", "degraded", "portal", "offline"};
  constexpr std::array<std::string_view, 2> lan{"up", "down"};
  constexpr std::array<std::string_view, 4> thermal{"nominal", "fair", "serious", "critical"};
  out.network = word<routes::network_state>(from, "network", network);
  out.lan = word<routes::lan_state>(from, "lan", lan);
  out.thermal = word<routes::thermal_state>(from, "thermal", thermal);
  out.metered = sensed_flag(from, "metered");
  out.roaming = sensed_flag(from, "roaming");
  out.charging = sensed_flag(from, "charging");
  out.battery = real(from, "battery");
  out.spend = real(from, "spend").value_or(0);
}

void read_declared(const json::object& from, decision_record& out) {
  for (const auto& [name, value] : from) {
    routes::declared_value to;
    if (value.is_bool()) to = value.as_bool();
    if (value.is_number()) to = value.to_number<double>();
    if (value.is_string()) to = std::string(value.as_string());
    out.declared.emplace(std::string(name), std::move(to));
  }
}

routes::recorded_target read_target(const json::object& from) {
  constexpr std::array<std::string_view, 5> parks{"none", "rate_limited", "auth", "exhausted",
                                                  "not_installed"};
  routes::recorded_target out;
  out.name = text(from, "target");
  out.limit = text(from, "limit");
  out.over = text(from, "over");
  out.breaker_admits = !flag(from, "breaker_open");
  out.reopens_in = duration(from, "reopens_in_ms").value_or(routes::millis{0});
  out.parked = word<routes::park_reason>(from, "parked", parks).value_or(routes::park_reason::none);
  out.park_left = duration(from, "park_left_ms");
  out.first_token = duration(from, "first_token_ms");
  out.first_token_median = duration(from, "first_token_median_ms");
  out.tokens_per_second = real(from, "tokens_per_second");
  out.failure_share = real(from, "failure_share").value_or(0);
  out.queue_full = flag(from, "queue_full");
  out.queue_room = flag(from, "queue_room");
  out.absent = flag(from, "absent");
  out.off_left = duration(from, "off_left_ms").value_or(routes::millis{0});
  out.last_left = duration(from, "last_left_ms").value_or(routes::millis{0});
  return out;
}

void read_outcome(const json::object& from, routes::recorded_outcome& out) {
  out.end = text(from, "end");
  out.target = text(from, "target");
  out.rule = text(from, "rule");
  out.status = static_cast<int>(count(from, "status").value_or(0));
  out.order = strings(from, "order");
  out.guards = strings(from, "guards");
  out.attempts = static_cast<unsigned>(count(from, "attempts").value_or(0));
  out.first_token_ms = real(from, "first_token_ms");
  out.ms = real(from, "ms").value_or(0);
  out.input_tokens = count(from, "input_tokens");
  out.output_tokens = count(from, "output_tokens");
  out.cached_tokens = count(from, "cached_tokens").value_or(0);
}

}  // namespace

bool read_decision(std::string_view line, decision_record& out, std::string& why) {
  out = {};
  boost::system::error_code ec;
  json::monotonic_resource memory;
  const auto parsed = json::parse(json::string_view(line.data(), line.size()), ec, &memory);
  const auto* top = parsed.if_object();
  if (ec || !top) {
    why = "not a JSON object";
    return false;
  }
  const auto* asked = object(*top, "query");
  const auto* seen = object(*top, "facts");
  const auto* outcome = object(*top, "outcome");
  if (!asked || !seen || !outcome) {
    why = "no line of a decision log: `query`, `facts` or `outcome` is missing";
    return false;
  }
  out.unix_ms = static_cast<std::int64_t>(count(*top, "at_ms").value_or(0));
  out.id = text(*top, "id");
  out.policy = text(*top, "policy");
  out.seed = hex(*top, "seed");
  out.sticky = text(*top, "sticky");
  out.sticky_age = duration(*top, "sticky_age_ms").value_or(routes::millis{0});
  read_query(*asked, out);
  read_facts(*seen, out.seen);
  if (const auto* declared = object(*top, "declared")) read_declared(*declared, out);
  if (const auto* headers = object(*top, "headers")) {
    for (const auto& [name, value] : *headers) {
      std::optional<std::string> sent;
      if (value.is_string()) sent = std::string(value.as_string());
      out.headers.emplace(std::string(name), std::move(sent));
    }
  }
  if (const auto* targets = top->if_contains("targets"); targets && targets->is_array()) {
    for (const auto& one : targets->as_array()) {
      if (const auto* target = one.if_object()) out.targets.push_back(read_target(*target));
    }
  }
  read_outcome(*outcome, out.outcome);
  out.bind();
  return true;
}

std::string read_decisions(const std::string& file, const std::function<bool(decision_record&)>& visit) {
  std::ifstream in(file);
  if (!in) return fmt::format("{}: {}", file, std::strerror(errno));
  return read_decisions(in, file, visit);
}

std::string read_decisions(std::istream& in, const std::string& file,
                           const std::function<bool(decision_record&)>& visit) {
  std::string line;
  decision_record record;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    std::string why;
    if (!read_decision(line, record, why)) {
      // A crash may leave half a last line behind; anywhere else it is damage.
      if (in.peek() == std::ifstream::traits_type::eof()) break;
      return fmt::format("{}:{}: {}", file, number, why);
    }
    if (!visit(record)) break;
  }
  return "";
}

}  // namespace nearfar::gateway
