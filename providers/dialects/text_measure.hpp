// How much a text will weigh, and what it is, without a tokenizer: works on the bytes of a JSON
// string as they stand in the document. Sans-I/O, allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::providers {

// Tokens in quarters, by script: an ASCII character is one quarter, a letter of two UTF-8 bytes
// (Cyrillic, Greek, Arabic, accented Latin) a half, one of three bytes (Chinese, Japanese, Korean,
// Indic) a whole, one of four bytes (emoji, rare ideographs) two. Escapes count as what they stand
// for. nullopt: an escape that JSON does not know (RFC 8259 section 7).
std::optional<std::uint64_t> token_quarters(std::string_view json_text);

// The same for bytes that are not one string (a tool's schema): escapes count as they are written.
std::uint64_t raw_quarters(std::string_view bytes);

// A hash that is equal on every machine and in every run; not for adversaries. Of a long text it
// takes the length, the first 4 KiB and the last 1 KiB, so that a long prompt costs no more than
// a short one.
std::uint64_t stable_hash(std::uint64_t seed, std::string_view text);

// query::conversation where the client names its session: the same by header and in the body.
inline std::uint64_t conversation_of_session(std::string_view id) {
  return stable_hash(1, id);
}

}  // namespace nearfar::providers
