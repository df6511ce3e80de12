#include "gateway/openrouter_generation.hpp"

#include "gateway/query_id.hpp"
#include "gateway/utc_text.hpp"
#include "providers/dialects/openrouter/answer_dresser.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>
#include <optional>

namespace nearfar::gateway {

namespace json = boost::json;

namespace {

constexpr std::string_view generation_mark = "gen-";
constexpr std::string_view query_mark = "nfq-";

// As OpenRouter writes it.
std::string iso_time(std::int64_t unix_seconds) {
  auto text = utc_text(unix_seconds);
  text.insert(text.size() - 1, ".000");
  return text;
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

double ms(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / 1e3;
}

double began(const ledger_row& row) {
  return static_cast<double>(row.at) - ms(row.took_us);
}

bool used_any(const ledger_row& row) {
  return row.tokens.input > 0 || row.tokens.output > 0;
}

// "provider/model", where the model may have slashes.
std::string_view provider_in(std::string_view target) {
  return target.substr(0, target.find('/'));
}

std::string_view model_in(std::string_view target) {
  const auto slash = target.find('/');
  return slash == std::string_view::npos ? std::string_view{} : target.substr(slash + 1);
}

// What the client got, and what all of it cost.
struct summary {
  const ledger_row* last = nullptr;  // leg of the answer; null: there was none
  std::optional<double> first_token_ms;
  double begin = 0;
  double end = 0;
  bool cancelled = false;
  providers::usage tokens;
  std::optional<double> cost = 0;
};

summary sum_of(std::span<const ledger_row> rows) {
  summary out;
  out.begin = began(rows.front());
  for (const auto& row : rows) out.begin = std::min(out.begin, began(row));
  nano_usd cost = 0;
  bool known = true;
  for (const auto& row : rows) {
    out.end = std::max(out.end, static_cast<double>(row.at));
    out.cancelled = out.cancelled || row.outcome == "cancelled";
    known = known && (row.cost || !used_any(row));
    cost += row.cost.value_or(0);
    if (row.leg == 0) continue;
    if (out.last == nullptr || row.leg >= out.last->leg) out.last = &row;
    if (row.first_token_us >= 0) {
      const double at = began(row) - out.begin + ms(row.first_token_us);
      out.first_token_ms = std::min(out.first_token_ms.value_or(at), at);
    }
    out.tokens.input += row.tokens.input;
    out.tokens.output += row.tokens.output;
    out.tokens.cached += row.tokens.cached;
    out.tokens.reasoning += row.tokens.reasoning;
  }
  out.cost = known ? std::optional(to_usd(cost)) : std::nullopt;
  return out;
}

json::array calls_of(std::span<const ledger_row> rows) {
  json::array out;
  for (const auto& row : rows) {
    const bool good = row.outcome == "answered";
    json::value status(nullptr);
    if (good || row.status != 0) status = good ? 200 : row.status;
    out.emplace_back(json::object{{"provider_name", provider_in(row.target)},
                                  {"model_permaslug", model_in(row.target)},
                                  {"latency", ms(row.took_us)},
                                  {"is_byok", false},
                                  {"status", std::move(status)}});
  }
  return out;
}

}  // namespace

std::string generation_id(std::string_view query, std::int64_t created) {
  return fmt::format("{}{}-{}", generation_mark, created, query.substr(query.find('-') + 1));
}

std::string query_of_generation(std::string_view id) {
  if (id.starts_with(generation_mark)) {
    id.remove_prefix(generation_mark.size());
    const auto dash = id.find('-');
    if (dash == std::string_view::npos) return "";
    auto query = std::string(query_mark) + std::string(id.substr(dash + 1));
    return may_be_query_id(query) ? query : "";
  }
  return may_be_query_id(id) ? std::string(id) : "";
}

std::string generation_json(std::string_view id, std::span<const ledger_row> rows) {
  const auto& first = rows.front();
  const auto all = sum_of(rows);
  const auto created = static_cast<std::int64_t>(all.begin / 1e3);
  const std::string_view native = all.last != nullptr ? std::string_view(all.last->finish) : "";
  const auto normal = native.empty() ? std::string_view{} : providers::openrouter::normal_finish(native);
  const std::string_view provider = all.last != nullptr ? provider_in(all.last->target) : "";
  const auto own = id.starts_with(generation_mark) ? std::string(id) : generation_id(first.query, created);
  return json::serialize(json::object{{"data",
                                       {{"id", own},
                                        {"request_id", first.query},
                                        {"upstream_id", nullptr},
                                        {"model", first.model},
                                        {"provider_name", text_or_null(provider)},
                                        {"router", nullptr},
                                        {"created_at", iso_time(created)},
                                        {"streamed", first.stream},
                                        {"cancelled", all.cancelled},
                                        {"finish_reason", text_or_null(normal)},
                                        {"native_finish_reason", text_or_null(native)},
                                        {"latency", or_null(all.first_token_ms)},
                                        {"generation_time", all.end - all.begin},
                                        {"moderation_latency", nullptr},
                                        {"tokens_prompt", all.tokens.input},
                                        {"tokens_completion", all.tokens.output},
                                        {"native_tokens_prompt", all.tokens.input},
                                        {"native_tokens_completion", all.tokens.output},
                                        {"native_tokens_reasoning", all.tokens.reasoning},
                                        {"native_tokens_cached", all.tokens.cached},
                                        {"total_cost", or_null(all.cost)},
                                        {"usage", or_null(all.cost)},
                                        {"upstream_inference_cost", or_null(all.cost)},
                                        {"cache_discount", nullptr},
                                        {"is_byok", false},
                                        {"api_type", "completions"},
                                        {"provider_responses", calls_of(rows)}}}});
}

}  // namespace nearfar::gateway
