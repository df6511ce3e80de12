#include "providers/dialects/failure_table.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace nearfar::providers {
namespace {

using kind = routes::error_kind;

struct word_meaning {
  std::string_view word;
  kind means;
};

// In lower case. Numbers are Z.ai's, except MiniMax's and Qianfan's, which wear their names.
constexpr word_meaning words[] = {
    // The conversation does not fit.
    {"context_length_exceeded", kind::too_long},
    {"exceed_context_size_error", kind::too_long},
    {"token_limit_exceeded", kind::too_long},
    {"max_tokens_exceeded", kind::too_long},
    {"model_context_window_exceeded", kind::too_long},
    {"1261", kind::too_long},
    {"minimax-1039", kind::too_long},
    // No money, or a quota that no wait of minutes brings back.
    {"insufficient_quota", kind::exhausted},
    {"credit_balance_exhausted", kind::exhausted},
    {"organization_spend_limit_exceeded", kind::exhausted},
    {"project_spend_limit_exceeded", kind::exhausted},
    {"organization_usage_limit_exceeded", kind::exhausted},
    {"billing_error", kind::exhausted},
    {"billing_hard_limit_reached", kind::exhausted},
    {"billing_not_active", kind::exhausted},
    {"enforced_spend_limit_reached", kind::exhausted},
    {"contract_spend_limit_reached", kind::exhausted},
    {"exceeded_current_quota_error", kind::exhausted},
    {"payment_required", kind::exhausted},
    {"insufficient_balance", kind::exhausted},
    {"arrearage", kind::exhausted},
    {"throttling.allocationquota", kind::exhausted},
    {"1113", kind::exhausted},
    {"1304", kind::exhausted},
    {"1308", kind::exhausted},
    {"1310", kind::exhausted},
    {"minimax-1008", kind::exhausted},
    {"qianfan-17", kind::exhausted},
    {"qianfan-19", kind::exhausted},
    // Too fast.
    {"rate_limit_exceeded", kind::rate_limited},
    {"rate_limit_error", kind::rate_limited},
    {"rate_limit_reached_error", kind::rate_limited},
    {"rpm_rate_limit_exceeded", kind::rate_limited},
    {"tpm_rate_limit_exceeded", kind::rate_limited},
    {"too_many_requests", kind::rate_limited},
    {"resource_exhausted", kind::rate_limited},
    {"throttling", kind::rate_limited},
    {"throttling.ratequota", kind::rate_limited},
    {"throttlingexception", kind::rate_limited},
    {"1302", kind::rate_limited},
    {"1303", kind::rate_limited},
    {"minimax-1002", kind::rate_limited},
    {"qianfan-18", kind::rate_limited},
    // Busy.
    {"overloaded_error", kind::overloaded},
    {"overloaded", kind::overloaded},
    {"server_overloaded", kind::overloaded},
    {"engine_overloaded_error", kind::overloaded},
    {"provider_overloaded", kind::overloaded},
    {"provider_unavailable", kind::overloaded},
    {"slow_down", kind::overloaded},
    {"unavailable", kind::overloaded},
    {"unavailable_error", kind::overloaded},
    {"service_unavailable", kind::overloaded},
    {"serviceunavailableexception", kind::overloaded},
    {"modelnotreadyexception", kind::overloaded},
    {"capacity_exceeded", kind::overloaded},
    {"1305", kind::overloaded},
    // Keys and permissions.
    {"invalid_api_key", kind::auth},
    {"invalidapikey", kind::auth},
    {"api_key_invalid", kind::auth},
    {"authentication", kind::auth},
    {"authentication_error", kind::auth},
    {"invalid_authentication_error", kind::auth},
    {"unauthenticated", kind::auth},
    {"invalid_iam_token", kind::auth},
    {"account_deactivated", kind::auth},
    {"permission_denied", kind::auth},
    {"permission_error", kind::auth},
    {"permission_denied_error", kind::auth},
    {"insufficient_permissions", kind::auth},
    {"unsupported_country_region_territory", kind::auth},
    {"accessdeniedexception", kind::auth},
    {"unrecognizedclientexception", kind::auth},
    {"1000", kind::auth},
    {"1001", kind::auth},
    {"1002", kind::auth},
    {"1003", kind::auth},
    {"1004", kind::auth},
    {"minimax-1004", kind::auth},
    {"qianfan-110", kind::auth},
    {"qianfan-111", kind::auth},
    // No such model.
    {"model_not_found", kind::not_found},
    {"modelnotfound", kind::not_found},
    {"invalid_model", kind::not_found},
    {"not_found_error", kind::not_found},
    {"notfounderror", kind::not_found},
    {"not_found", kind::not_found},
    {"resource_not_found_error", kind::not_found},
    {"resourcenotfoundexception", kind::not_found},
    {"deploymentnotfound", kind::not_found},
    {"1211", kind::not_found},
    // A policy on content said no.
    {"content_policy_violation", kind::refused},
    {"content_filter", kind::refused},
    {"responsibleaipolicyviolation", kind::refused},
    {"data_inspection_failed", kind::refused},
    {"datainspectionfailed", kind::refused},
    {"prohibited_content", kind::refused},
    {"refusal", kind::refused},
    {"1301", kind::refused},
    {"minimax-1026", kind::refused},
    {"minimax-1027", kind::refused},
    // No answer in time, on the upstream's own clock.
    {"modeltimeoutexception", kind::timeout},
    {"timeout", kind::timeout},
    {"timeout_error", kind::timeout},
};

// Words that a status says better, if there is one.
constexpr word_meaning weak_words[] = {
    {"deadline_exceeded", kind::server_error},
    {"server_error", kind::server_error},
    {"api_error", kind::server_error},
    {"internal", kind::server_error},
    {"server", kind::server_error},
    {"internal_error", kind::server_error},
    {"internal_server_error", kind::server_error},
    {"internalserverexception", kind::server_error},
    {"modelerrorexception", kind::server_error},
    {"modelstreamerrorexception", kind::server_error},
    {"insufficient_system_resource", kind::overloaded},
    {"minimax-1013", kind::server_error},
    {"requests", kind::rate_limited},
    {"tokens", kind::rate_limited},
    {"invalid_request_error", kind::bad_request},
    {"badrequesterror", kind::bad_request},
    {"invalid_request", kind::bad_request},
    {"invalid_prompt", kind::bad_request},
    {"invalid_argument", kind::bad_request},
    {"failed_precondition", kind::bad_request},
    {"validationexception", kind::bad_request},
    {"minimax-2013", kind::bad_request},
};

// What bounds a pattern is the status with which it was seen: the same words in another place (a 429
// that speaks of tokens) mean something else.
struct pattern {
  std::string_view text;
  kind means;
  std::span<const int> statuses;
};

constexpr int asking[] = {0, 400, 413, 422, 500};
constexpr int paying[] = {0, 400, 402, 403, 412, 429};
constexpr int busy[] = {0, 429, 500};
constexpr int wrong[] = {0, 400, 403, 422};

constexpr pattern patterns[] = {
    {"context_length_exceeded", kind::too_long, asking},
    {"maximum context length", kind::too_long, asking},                // OpenAI, vLLM
    {"prompt is too long", kind::too_long, asking},                    // Anthropic
    {"exceed context limit", kind::too_long, asking},                  // Anthropic
    {"exceeds the maximum number of tokens", kind::too_long, asking},  // Gemini
    {"exceeds the available context size", kind::too_long, asking},    // llama.cpp
    {"exceed_context_size", kind::too_long, asking},
    {"range of input length", kind::too_long, asking},  // DashScope
    {"input is too long", kind::too_long, asking},      // Bedrock
    {"context window", kind::too_long, asking},
    {"reduce the length of the messages", kind::too_long, asking},
    {"longer than the model's context", kind::too_long, asking},     // SGLang
    {"exceeded model token limit", kind::too_long, asking},          // Moonshot
    {"maximum prompt length", kind::too_long, asking},               // xAI
    {"`inputs` tokens + `max_new_tokens`", kind::too_long, asking},  // Together
    {"loaded with context length of only", kind::too_long, asking},  // LM Studio
    {"monthly spending limit", kind::exhausted, paying},             // xAI, Fireworks
    {"used all available credits", kind::exhausted, paying},         // xAI
    {"monthly included credits", kind::exhausted, paying},           // Hugging Face
    {"exceeded your current quota", kind::exhausted, paying},
    {"insufficient quota", kind::exhausted, paying},
    {"insufficient balance", kind::exhausted, paying},
    {"insufficient credits", kind::exhausted, paying},
    {"credit balance is too low", kind::exhausted, paying},
    {"out of credits", kind::exhausted, paying},
    {"\xe4\xbd\x99\xe9\xa2\x9d\xe4\xb8\x8d\xe8\xb6\xb3", kind::exhausted, paying},  // balance too low
    {"\xe6\xac\xa0\xe8\xb4\xb9", kind::exhausted, paying},                          // in arrears
    {"overloaded", kind::overloaded, busy},
    {"at capacity", kind::overloaded, busy},
    {"api key not valid", kind::auth, wrong},
    {"invalid api key", kind::auth, wrong},
    {"incorrect api key", kind::auth, wrong},
    {"content policy", kind::refused, wrong},
    {"content management policy", kind::refused, wrong},
    {"content filter", kind::refused, wrong},
    {"safety system", kind::refused, wrong},
    {"usage policy", kind::refused, wrong},
    {"flagged", kind::refused, wrong},
    {"model not exist", kind::not_found, wrong},  // DeepSeek
    {"model not found", kind::not_found, wrong},
    {"invalid model", kind::not_found, wrong},
    {"unknown model", kind::not_found, wrong},
    {"not a valid model id", kind::not_found, wrong},  // OpenRouter
};

std::optional<kind> by_words(const failure_signs& signs, std::span<const word_meaning> table) {
  for (const std::string& word : signs.words) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const word_meaning& each) { return each.word == word; });
    if (found != table.end()) return found->means;
  }
  return std::nullopt;
}

std::optional<kind> by_message(int status, std::string_view message) {
  if (message.empty()) return std::nullopt;
  for (const pattern& each : patterns) {
    const bool fits = std::find(each.statuses.begin(), each.statuses.end(), status) != each.statuses.end();
    if (fits && message.find(each.text) != std::string_view::npos) return each.means;
  }
  return std::nullopt;
}

}  // namespace

kind kind_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return kind::auth;
    case 402:
      return kind::exhausted;
    case 404:
      return kind::not_found;
    case 408:
      return kind::timeout;
    case 429:
      return kind::rate_limited;
    case 498:  // Groq: no capacity for a flex request
    case 503:
    case 529:
      return kind::overloaded;
    default:
      break;
  }
  if (status >= 500) return kind::server_error;
  if (status >= 400) return kind::bad_request;
  return kind::bad_answer;  // a redirect or an empty success: keys follow no redirect
}

kind failure_kind(int status, const failure_signs& signs) {
  const int stated = status == 0 ? signs.status : status;
  if (signs.daily_quota) return kind::exhausted;
  if (signs.moderated && (stated == 400 || stated == 403)) return kind::refused;
  if (const auto found = by_words(signs, words)) return *found;
  if (const auto found = by_message(stated, signs.message)) return *found;
  if (stated != 0) return kind_of_status(stated);
  return by_words(signs, weak_words).value_or(kind::server_error);
}

}  // namespace nearfar::providers
