#include "providers/dialects/openai_responses/error_writer.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/openai_responses/item_text.hpp"

namespace nearfar::providers::openai_responses {

namespace {

std::string_view type_of(const client_error& why) {
  switch (why.status) {
    case 401:
      return "authentication_error";
    case 402:
      return "insufficient_quota";
    case 403:
      return "permission_error";
    case 408:
    case 504:
      return "timeout_error";
    case 429:
      return why.kind == routes::error_kind::exhausted ? "insufficient_quota" : "rate_limit_error";
    default:
      return why.status >= 500 ? "server_error" : "invalid_request_error";
  }
}

void append_or_null(std::string& to, std::string_view key, std::string_view value) {
  to.push_back(',');
  if (!value.empty()) return append_member(to, key, value);
  to.append("\"").append(key).append("\":null");
}

}  // namespace

std::string error_body(const client_error& why) {
  const bool too_long = why.kind == routes::error_kind::too_long;
  std::string to = "{\"error\":{";
  append_member(to, "message", why.message);
  to.push_back(',');
  append_member(to, "type", type_of(why));
  append_or_null(to, "param", why.param);
  append_or_null(to, "code", too_long ? std::string_view("context_length_exceeded") : why.code);
  to.append("}}");
  return to;
}

}  // namespace nearfar::providers::openai_responses
