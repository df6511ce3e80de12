// The secret part of keys: made from the kernel's generator, kept as a hash.
#pragma once

#include "config/secret.hpp"
#include "gateway/keys/key_record.hpp"

#include <string>
#include <string_view>

namespace nearfar::gateway {

inline constexpr std::string_view key_prefix = "nf-";

// "nf-" and 43 letters and digits: 256 bits (62^43 > 2^256), so that a plain SHA-256 is enough to keep it:
// there is nothing to guess that a slow hash would have to protect.
config::secret make_key();
key_hash hash_key(std::string_view key);
// In a time that tells nothing but the lengths.
bool is_same_key(std::string_view a, std::string_view b);
// Its last four characters.
std::string hint_of(std::string_view key);

std::string to_hex(const key_hash& hash);
// False: not 64 hexadecimal digits.
bool from_hex(std::string_view text, key_hash& out);

}  // namespace nearfar::gateway
