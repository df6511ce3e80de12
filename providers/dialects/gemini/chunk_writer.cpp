#include "providers/dialects/gemini/chunk_writer.hpp"

#include "providers/dialects/gemini/part_writer.hpp"
#include "providers/dialects/gemini/thought_signature.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::gemini {

using openai_chat::append_json_string;

namespace {

void append_count(std::string& to, std::string_view name, std::uint64_t count) {
  to.append(",\"").append(name).append("\":").append(std::to_string(count));
}

}  // namespace

void append_text_part(std::string& to, std::string_view text, bool thought) {
  to.append("{\"text\":");
  append_json_string(to, text);
  to.append(thought ? ",\"thought\":true}" : "}");
}

void append_signature_part(std::string& to, std::string_view issuer, std::string_view signature,
                           bool thought) {
  to.append(thought ? "{\"text\":\"\",\"thought\":true,\"thoughtSignature\":"
                    : "{\"text\":\"\",\"thoughtSignature\":");
  append_json_string(to, write_signature(issuer, signature));
  to.push_back('}');
}

void append_data_part(std::string& to, const chat::media_source& media) {
  to.append(media.url.empty() ? "{\"inlineData\":{\"mimeType\":" : "{\"fileData\":{\"mimeType\":");
  append_json_string(to, media.mime);
  to.append(media.url.empty() ? ",\"data\":" : ",\"fileUri\":");
  append_json_string(to, media.url.empty() ? media.data : media.url);
  to.append("}}");
}

void append_call_part(std::string& to, const chat::part& call) {
  bool changed = false;
  to.append("{\"functionCall\":{");
  if (!call.id.empty()) {
    to.append("\"id\":");
    append_json_string(to, call.id);
    to.push_back(',');
  }
  to.append("\"name\":");
  append_json_string(to, call.name);
  to.append(",\"args\":").append(arguments_object(call.text, call.form, changed)).append("}");
  if (!call.signature.empty()) {
    to.append(",\"thoughtSignature\":");
    append_json_string(to, write_signature(call.issuer, call.signature));
  }
  to.push_back('}');
}

void append_usage(std::string& to, const usage& tokens) {
  const std::uint64_t said = tokens.output > tokens.reasoning ? tokens.output - tokens.reasoning : 0;
  to.append("{\"promptTokenCount\":").append(std::to_string(tokens.input));
  append_count(to, "candidatesTokenCount", said);
  append_count(to, "totalTokenCount", tokens.input + tokens.output);
  if (tokens.cached > 0) append_count(to, "cachedContentTokenCount", tokens.cached);
  if (tokens.reasoning > 0) append_count(to, "thoughtsTokenCount", tokens.reasoning);
  to.push_back('}');
}

void append_candidate(std::string& to, std::string_view parts, std::string_view more, std::uint32_t index) {
  to.append("{\"content\":{\"parts\":[").append(parts).append("],\"role\":\"model\"}").append(more);
  to.append(",\"index\":").append(std::to_string(index)).append("}");
}

}  // namespace nearfar::providers::gemini
