#include "providers/dialects/openai_chat/error_writer.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::openai_chat {
namespace {

std::string_view type_of(int status) {
  switch (status) {
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
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

void append_error(std::string& to, std::string_view type, std::string_view code, std::string_view message,
                  std::string_view param = {}) {
  to.append("\"error\":{\"message\":");
  append_json_string(to, message);
  to.append(",\"type\":\"").append(type).append("\",\"param\":");
  if (param.empty()) {
    to.append("null");
  } else {
    append_json_string(to, param);
  }
  to.append(",\"code\":");
  if (code.empty()) {
    to.append("null");
  } else {
    append_json_string(to, code);
  }
  to.push_back('}');
}

}  // namespace

std::string error_body(int status, std::string_view code, std::string_view message) {
  std::string text = "{";
  append_error(text, type_of(status), code, message);
  text.push_back('}');
  return text;
}

std::string error_body(const client_error& why) {
  const bool too_long = why.kind == routes::error_kind::too_long;
  std::string text = "{";
  append_error(text, too_long ? std::string_view{"invalid_request_error"} : type_of(why.status),
               too_long ? std::string_view{"context_length_exceeded"} : std::string_view{why.code},
               why.message, why.param);
  text.push_back('}');
  return text;
}

std::string error_event(std::string_view stream_id, std::uint64_t created, std::string_view model,
                        std::string_view code, std::string_view message) {
  std::string text = "data: {\"id\":";
  append_json_string(text, stream_id);
  text.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(std::to_string(created));
  text.append(",\"model\":");
  append_json_string(text, model);
  text.append(",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}],");
  append_error(text, type_of(502), code, message);
  text.append("}\n\n");
  return text;
}

}  // namespace nearfar::providers::openai_chat
