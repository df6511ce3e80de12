#include "providers/dialects/thoughts_wanted.hpp"

namespace nearfar::providers {

bool thoughts_wanted(const chat::chat_request& asked) {
  if (!asked.think) return false;
  const auto& think = *asked.think;
  if (think.shown) return *think.shown;
  const bool off = think.enabled == false || think.effort == "none" || think.budget == 0;
  const bool by_default =
      asked.from == config::dialect::anthropic_messages || asked.from == config::dialect::openai_chat;
  return by_default && !off;
}

}  // namespace nearfar::providers
