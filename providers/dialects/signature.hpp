// Signatures of reasoning that leave their vendor's dialect, and come back. Sans-I/O.
//
// A vendor signs its reasoning and wants the signature back, unchanged; no other vendor takes it. In a
// foreign dialect a signature therefore travels with the name of its issuer, in whatever opaque field that
// dialect has for it; in the issuer's own dialect it stands as it came.
#pragma once

#include "config/dialect.hpp"

#include <string>
#include <string_view>

namespace nearfar::providers::chat {

struct issued {
  std::string_view issuer;     // a dialect's word; empty: no name was with it
  std::string_view signature;  // as the vendor gave it
};

// "nf1.gemini.<signature>"
std::string with_issuer(std::string_view issuer, std::string_view signature);
issued take_issuer(std::string_view text);

// Whose signatures a dialect's own are: "anthropic-messages", "gemini", "openai-responses", "openai-chat".
std::string_view issuer_of(config::dialect d);

}  // namespace nearfar::providers::chat
