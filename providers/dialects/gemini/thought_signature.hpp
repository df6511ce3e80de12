// Signatures as they stand in `thoughtSignature`. Sans-I/O.
//
// The member is of protobuf's type `bytes`: Google's own SDKs take its base64 apart and write it anew, in
// either alphabet. What another vendor signed therefore stands there as the base64 of its text with the
// issuer's name (signature.hpp); Google's own stand as they came.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::providers::gemini {

// For a history that has no signature where one is asked for; from Google's documentation of thought
// signatures.
inline constexpr std::string_view no_signature = "skip_thought_signature_validator";

std::string write_signature(std::string_view issuer, std::string_view signature);

struct signed_by {
  std::string issuer;  // "gemini" where no other name stands in it
  std::string signature;
};
signed_by read_signature(std::string_view text);

}  // namespace nearfar::providers::gemini
