// Base64 of RFC 4648 section 4, for documents that one dialect sends as text and another as bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::anthropic_messages {

std::string to_base64(std::string_view bytes);
// nullopt: a character that is none of the alphabet's, or a length that no encoding has. Padding may be
// missing.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace nearfar::providers::anthropic_messages
