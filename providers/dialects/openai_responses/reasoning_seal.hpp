// Foreign signatures in a Responses reasoning item: `encrypted_content` is the one field that every client
// sends back unchanged, whatever was signed. Sans-I/O.
//
// A vendor that signs calls and texts (Gemini), or gives thoughts that are a signature and nothing else
// (Anthropic), has more to say than "these thoughts are mine"; a character that base64 has not says it:
//   nf1.<issuer>.<signature>             the item's own thoughts
//   nf1.<issuer>.!<signature>            thoughts that are redacted
//   nf1.<issuer>.@<call_id>@<signature>  the call of that id, in the same turn
//   nf1.<issuer>.=<signature>            the text before the item
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

enum class sealed : std::uint8_t { thoughts, redacted, call, text };

struct seal {
  sealed what = sealed::thoughts;
  std::string_view issuer = {};     // this dialect's own where the text bears no name
  std::string_view call_id = {};    // of sealed::call
  std::string_view signature = {};  // as the vendor gave it
};

// The dialect's own signatures stand as they came.
std::string write_seal(const seal& what);
// Views point into `text`, or to constants.
seal read_seal(std::string_view text);

}  // namespace nearfar::providers::openai_responses
