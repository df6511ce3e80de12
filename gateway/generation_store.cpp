#include "gateway/generation_store.hpp"

#include "providers/dialects/openrouter/answer_dresser.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>

namespace nearfar::gateway {

namespace json = boost::json;

namespace {

std::string iso_time(std::int64_t unix_seconds) {
  const auto at = static_cast<std::time_t>(unix_seconds);
  tm parts{};
  gmtime_r(&at, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

}  // namespace

void generation_store::add(generation one) {
  const std::lock_guard hold(lock_);
  spent_ += one.cost.value_or(0);
  latest_.push_back(std::move(one));
  if (latest_.size() > kept) latest_.pop_front();
}

std::optional<generation> generation_store::find(std::string_view id) const {
  const std::lock_guard hold(lock_);
  const auto found =
      std::find_if(latest_.rbegin(), latest_.rend(), [&](const auto& g) { return g.id == id; });
  if (found == latest_.rend()) return std::nullopt;
  return *found;
}

double generation_store::spent() const {
  const std::lock_guard hold(lock_);
  return spent_;
}

std::string to_json(const generation& g) {
  json::array calls;
  for (const auto& one : g.calls) {
    json::object call{{"provider_name", one.provider},
                      {"model_permaslug", one.model},
                      {"latency", one.latency_ms},
                      {"is_byok", false}};
    if (one.answered) {
      call["status"] = 200;
    } else {
      call["status"] = one.status == 0 ? json::value(nullptr) : json::value(one.status);
    }
    calls.emplace_back(std::move(call));
  }
  const auto normal =
      g.finish_reason.empty() ? std::string_view{} : providers::openrouter::normal_finish(g.finish_reason);
  return json::serialize(json::object{{"data",
                                       {{"id", g.id},
                                        {"request_id", g.query_id},
                                        {"upstream_id", nullptr},
                                        {"model", g.model},
                                        {"provider_name", text_or_null(g.provider)},
                                        {"router", nullptr},
                                        {"created_at", iso_time(g.created)},
                                        {"streamed", g.streamed},
                                        {"cancelled", g.cancelled},
                                        {"finish_reason", text_or_null(normal)},
                                        {"native_finish_reason", text_or_null(g.finish_reason)},
                                        {"latency", or_null(g.first_token_ms)},
                                        {"generation_time", g.ms},
                                        {"moderation_latency", nullptr},
                                        {"tokens_prompt", g.input_tokens},
                                        {"tokens_completion", g.output_tokens},
                                        {"native_tokens_prompt", g.input_tokens},
                                        {"native_tokens_completion", g.output_tokens},
                                        {"native_tokens_reasoning", g.reasoning_tokens},
                                        {"native_tokens_cached", g.cached_tokens},
                                        {"total_cost", or_null(g.cost)},
                                        {"usage", or_null(g.cost)},
                                        {"upstream_inference_cost", or_null(g.cost)},
                                        {"cache_discount", nullptr},
                                        {"is_byok", false},
                                        {"api_type", "completions"},
                                        {"provider_responses", std::move(calls)}}}});
}

}  // namespace nearfar::gateway
