// Short queries in every client dialect, and what a client reads in a refusal.
#pragma once

#include "config/dialect.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::tests {

inline constexpr std::array<config::dialect, 4> client_dialects{
    config::dialect::openai_chat, config::dialect::anthropic_messages, config::dialect::openai_responses,
    config::dialect::gemini};

enum class asking : std::uint8_t { whole, streamed };

struct short_query {
  config::dialect in = config::dialect::openai_chat;
  std::string model = "auto";
  unsigned max_tokens = 20;
  asking how = asking::whole;
};

// Head and body, ready to be sent.
std::string request_of(const short_query& q, const header_list& fields = {});
// On a connection of its own, read to its end.
http_answer ask(const gateway_under_test& gw, const short_query& q, const header_list& fields = {});

// The refusal in the dialect's own form; empty `kind`: it is none in that form.
struct heard_refusal {
  std::string kind;  // OpenAI's and Anthropic's type, Gemini's status
  std::string code;  // the gateway's own word, where the dialect has room
  std::string message;
};
heard_refusal hear_refusal(config::dialect in, std::string_view body);
// What that dialect calls a lack of money, and of patience.
std::string_view word_for(config::dialect in, int status);

}  // namespace nearfar::tests
