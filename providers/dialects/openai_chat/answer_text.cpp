#include "providers/dialects/openai_chat/answer_text.hpp"

#include "providers/dialects/data_url.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nearfar::providers::openai_chat {

namespace {

std::string marked(std::string_view signature, std::string_view issuer) {
  if (issuer.empty() || issuer == chat::issuer_of(config::dialect::openai_chat))
    return std::string(signature);
  return chat::with_issuer(issuer, signature);
}

}  // namespace

void append_usage(std::string& to, const usage& sum) {
  const auto out = std::back_inserter(to);
  fmt::format_to(out, "{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}", sum.input,
                 sum.output, sum.input + sum.output);
  fmt::format_to(out, ",\"prompt_tokens_details\":{{\"cached_tokens\":{}", sum.cached);
  if (sum.cache_write > 0) fmt::format_to(out, ",\"cache_write_tokens\":{}", sum.cache_write);
  fmt::format_to(out, "}},\"completion_tokens_details\":{{\"reasoning_tokens\":{}}}", sum.reasoning);
  if (sum.cost) fmt::format_to(out, ",\"cost\":{}", *sum.cost);
  to.push_back('}');
}

void append_detail(std::string& to, std::size_t index, const signed_thought& thought) {
  to.append(thought.redacted ? "{\"type\":\"reasoning.encrypted\",\"data\":"
                             : "{\"type\":\"reasoning.text\",\"text\":");
  if (!thought.redacted) {
    append_json_string(to, thought.text);
    if (!thought.signature.empty()) to.append(",\"signature\":");
  }
  if (!thought.signature.empty()) append_json_string(to, marked(thought.signature, thought.issuer));
  if (!thought.call.empty()) {
    to.append(",\"id\":");
    append_json_string(to, thought.call);
  } else if (!thought.redacted && thought.signature.empty()) {
    to.append(",\"format\":\"unknown\"");
  }
  to.append(",\"index\":").append(std::to_string(index)).push_back('}');
}

bool goes_into_details(std::string_view issuer) {
  return !issuer.empty() && issuer != chat::issuer_of(config::dialect::openai_chat);
}

void append_call_signature(std::string& to, std::string_view signature, std::string_view issuer) {
  to.append("\"extra_content\":{\"google\":{\"thought_signature\":");
  // Google's own is what clients of its compatible endpoint keep and send: it still needs its issuer here.
  append_json_string(to, marked(signature, issuer));
  to.append("}}");
}

void append_image(std::string& to, const chat::media_source& source) {
  to.append("{\"type\":\"image_url\",\"image_url\":{\"url\":");
  append_json_string(to, source.data.empty() ? source.url : to_data_url(source.mime, source.data));
  to.append("}}");
}

bool is_image(const chat::media_source& source) {
  return !source.mime.starts_with("audio/");
}

}  // namespace nearfar::providers::openai_chat
