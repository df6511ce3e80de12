// What the stream and the whole answer have in common. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

// An id with the dialect's beginning: the upstream's where it has one, else made of `own`.
std::string message_id(std::string_view upstream, std::string_view own);

// The members of `usage`, from "input_tokens" on, without braces. Cached tokens stand beside the input.
void append_usage(std::string& to, const usage& tokens);

// A signature as it stands in this dialect: bare where it is the dialect's own, else with its issuer.
std::string signature_text(std::string_view signature, std::string_view issuer);

// What stands for an image or a sound, which answers of this dialect have not: its address, or a word.
std::string media_text(const chat::media_source& media);

}  // namespace nearfar::providers::anthropic_messages
