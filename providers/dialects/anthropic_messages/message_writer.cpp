#include "providers/dialects/anthropic_messages/message_writer.hpp"

#include "providers/dialects/anthropic_messages/call_id.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nearfar::providers::anthropic_messages {

std::string message_id(std::string_view upstream, std::string_view own) {
  constexpr std::string_view prefix = "msg_";
  const std::string_view id = upstream.empty() ? own : upstream;
  if (id.starts_with(prefix)) return std::string{id};
  return id.empty() ? std::string{"msg_nearfar"} : fmt::format("{}{}", prefix, call_id(id));
}

void append_usage(std::string& to, const usage& tokens) {
  const std::uint64_t beside = tokens.cached + tokens.cache_write;
  fmt::format_to(std::back_inserter(to),
                 "\"input_tokens\":{},\"cache_creation_input_tokens\":{},\"cache_read_input_tokens\":{},"
                 "\"output_tokens\":{}",
                 tokens.input > beside ? tokens.input - beside : 0, tokens.cache_write, tokens.cached,
                 tokens.output);
  if (tokens.reasoning > 0) {
    fmt::format_to(std::back_inserter(to), ",\"output_tokens_details\":{{\"thinking_tokens\":{}}}",
                   tokens.reasoning);
  }
}

std::string signature_text(std::string_view signature, std::string_view issuer) {
  if (issuer.empty() || issuer == chat::issuer_of(config::dialect::anthropic_messages))
    return std::string{signature};
  return chat::with_issuer(issuer, signature);
}

std::string media_text(const chat::media_source& media) {
  const bool sound = media.mime.starts_with("audio/");
  if (media.url.empty())
    return sound ? "(a sound that this API cannot carry)" : "(an image that this API cannot carry)";
  return fmt::format("{}[{}]({})", sound ? "" : "!", sound ? "sound" : "image", media.url);
}

}  // namespace nearfar::providers::anthropic_messages
