#include "providers/dialects/openai_responses/reasoning_seal.hpp"

#include "providers/dialects/signature.hpp"

namespace nearfar::providers::openai_responses {

namespace {

constexpr std::string_view own = config::to_string(config::dialect::openai_responses);

}  // namespace

std::string write_seal(const seal& what) {
  if (what.issuer == own || what.issuer.empty()) return std::string(what.signature);
  std::string text;
  switch (what.what) {
    case sealed::thoughts:
      break;
    case sealed::redacted:
      text = "!";
      break;
    case sealed::call:
      text.append("@").append(what.call_id).append("@");
      break;
    case sealed::text:
      text = "=";
      break;
  }
  text.append(what.signature);
  return chat::with_issuer(what.issuer, text);
}

seal read_seal(std::string_view text) {
  const chat::issued found = chat::take_issuer(text);
  if (found.issuer.empty() || found.issuer == own) return {.issuer = own, .signature = found.signature};
  std::string_view rest = found.signature;
  if (rest.starts_with('!')) {
    return {.what = sealed::redacted, .issuer = found.issuer, .signature = rest.substr(1)};
  }
  if (rest.starts_with('=')) {
    return {.what = sealed::text, .issuer = found.issuer, .signature = rest.substr(1)};
  }
  const auto last = rest.rfind('@');
  if (rest.starts_with('@') && last > 0) {
    return {.what = sealed::call,
            .issuer = found.issuer,
            .call_id = rest.substr(1, last - 1),
            .signature = rest.substr(last + 1)};
  }
  return {.issuer = found.issuer, .signature = rest};
}

}  // namespace nearfar::providers::openai_responses
