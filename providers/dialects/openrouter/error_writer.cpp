#include "providers/dialects/openrouter/error_writer.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::openrouter {
namespace {

using openai_chat::append_json_string;
using routes::drop_reason;
using routes::error_kind;

void member(std::string& to, std::string_view name, std::string_view value) {
  to.append(",\"").append(name).append("\":");
  append_json_string(to, value);
}

std::string_view type_of_status(int status) {
  switch (status) {
    case 401:
      return "authentication";
    case 402:
      return "payment_required";
    case 403:
      return "permission_denied";
    case 404:
      return "not_found";
    case 408:
    case 504:
    case 524:
      return "timeout";
    case 412:
      return "precondition_failed";
    case 413:
      return "payload_too_large";
    case 422:
      return "unprocessable";
    case 429:
      return "rate_limit_exceeded";
    case 502:
      return "provider_unavailable";
    case 503:
    case 529:
      return "provider_overloaded";
    default:
      return status >= 500 ? "server" : "invalid_request";
  }
}

void append_attempts(std::string& to, const std::vector<failed_attempt>& list) {
  to += ",\"previous_errors\":[";
  const char* gap = "";
  for (const auto& one : list) {
    to.append(gap).append("{\"provider\":");
    append_json_string(to, one.provider);
    member(to, "code", one.code);
    if (one.status != 0) to.append(",\"status\":").append(std::to_string(one.status));
    to += '}';
    gap = ",";
  }
  to += ']';
}

void append_availability(std::string& to, const error_terms& what) {
  const auto code = availability_code(what);
  if (code.empty()) return;
  const bool retryable = code == "capacity_exhausted" || code == "temporarily_unavailable";
  to += ",\"availability\":{\"code\":";
  append_json_string(to, code);
  to.append(",\"retryable\":").append(retryable ? "true" : "false").append(",\"requested_models\":[");
  if (!what.model.empty()) append_json_string(to, what.model);
  to += "],\"docs_url\":\"\"";  // compulsory in OpenRouter's schema, and this gateway has no pages on the web
  if (what.retry_after) to.append(",\"retry_after\":").append(std::to_string(*what.retry_after));
  if (const auto by = excluded_word(what.excluded_by); !by.empty()) {
    to += ",\"excluded_by\":[";
    append_json_string(to, by);
    to += ']';
  }
  to += '}';
}

void append_error(std::string& to, const error_terms& what) {
  to.append("\"error\":{\"code\":").append(std::to_string(what.status)).append(",\"message\":");
  append_json_string(to, what.message);
  to.append(",\"metadata\":{\"error_type\":\"").append(error_type(what.kind, what.status)).append("\"");
  if (!what.code.empty()) member(to, "nearfar_code", what.code);
  if (!what.provider.empty()) member(to, "provider_name", what.provider);
  if (!what.raw.empty()) member(to, "raw", what.raw);
  if (!what.previous.empty()) append_attempts(to, what.previous);
  to += '}';
  append_availability(to, what);
  to += '}';
}

}  // namespace

std::string_view error_type(error_kind kind, int status) {
  switch (kind) {
    case error_kind::too_long:
      return "context_length_exceeded";
    case error_kind::refused:
      return "content_policy_violation";
    case error_kind::rate_limited:
      return "rate_limit_exceeded";
    case error_kind::overloaded:
      return "provider_overloaded";
    case error_kind::timeout:
      return "timeout";
    case error_kind::broken:
    case error_kind::connect:
    case error_kind::dns:
    case error_kind::tls:
    case error_kind::reset:
      return "provider_unavailable";
    default:
      return type_of_status(status);
  }
}

std::string_view excluded_word(drop_reason by) {
  switch (by) {
    case drop_reason::client_price:
    case drop_reason::max_price:
      return "max_price";
    case drop_reason::client_retention:
      return "data_policy:zdr";
    case drop_reason::client_parameters:
    case drop_reason::no_tools:
    case drop_reason::no_json:
      return "require_parameters";
    case drop_reason::client_quantization:
      return "quantization";
    case drop_reason::client_only:
    case drop_reason::client_ignore:
    case drop_reason::rule_only:
      return "allowed_providers";
    case drop_reason::context_too_small:
      return "context_length";
    default:
      return {};
  }
}

std::string_view availability_code(const error_terms& what) {
  if (what.code == "model_not_found" || what.code == "privacy_restricted" ||
      what.code == "constraint_filtered")
    return what.code;
  if (what.code == "unsupported_by_model" || what.code == "rule" || what.code == "max_price")
    return "constraint_filtered";
  if (what.code == "guard") return "privacy_restricted";
  if (!what.provider.empty()) return {};
  if (what.status == 429) return "capacity_exhausted";
  if (what.status == 503) return "temporarily_unavailable";
  return {};
}

std::string error_body(const error_terms& what) {
  std::string text = "{";
  append_error(text, what);
  if (!what.metadata.empty()) text.append(",\"openrouter_metadata\":").append(what.metadata);
  return text + "}";
}

std::string error_event(std::string_view id, std::uint64_t created, std::string_view model,
                        const error_terms& what) {
  std::string text = "data: {\"id\":";
  append_json_string(text, id);
  text.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(std::to_string(created));
  member(text, "model", model);
  text += ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],";
  append_error(text, what);
  if (!what.metadata.empty()) text.append(",\"openrouter_metadata\":").append(what.metadata);
  return text + "}\n\n";
}

}  // namespace nearfar::providers::openrouter
