#include "providers/dialects/gemini/error_writer.hpp"

#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::gemini {

using openai_chat::append_json_string;

namespace {

constexpr std::string_view too_long = "exceeds the maximum number of tokens allowed";

std::string message_of(const client_error& why) {
  if (why.kind != routes::error_kind::too_long || why.message.find(too_long) != std::string::npos) {
    return why.message;
  }
  std::string out = "The input token count ";
  out.append(too_long).append(".");
  if (!why.message.empty()) out.append(" ").append(why.message);
  return out;
}

}  // namespace

std::string error_body(const client_error& why) {
  std::string out = "{\"error\":{\"code\":";
  out.append(std::to_string(why.status)).append(",\"message\":");
  append_json_string(out, message_of(why));
  out.append(",\"status\":\"").append(status_word(why.status)).append("\"");
  if (!why.code.empty()) {
    out.append(",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":");
    append_json_string(out, why.code);
    out.append(",\"domain\":\"nearfar\",\"metadata\":{");
    if (!why.param.empty()) {
      out.append("\"field\":");
      append_json_string(out, why.param);
    }
    if (!why.id.empty()) {
      out.append(why.param.empty() ? "\"id\":" : ",\"id\":");
      append_json_string(out, why.id);
    }
    out.append("}}]");
  }
  out.append("}}");
  return out;
}

}  // namespace nearfar::providers::gemini
