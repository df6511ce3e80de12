#include "tests/support/dialect_writer.hpp"

namespace nearfar::support {
namespace {

constexpr std::string_view signature_start = "ZG91YmxlOg";  // "double:" in base64
constexpr std::size_t signature_digits = 34;                // a whole number of base64 groups with the start

}  // namespace

std::string_view dialect_writer::stream_type(const answer&) const {
  return "text/event-stream";
}

bool strict(const incoming& in, bool usually) {
  return in.how.strict.value_or(usually);
}

std::string issued_signature(std::string_view reasoning) {
  return std::string(signature_start) + sha256_hex(reasoning).substr(0, signature_digits);
}

bool genuine_signature(std::string_view signature, std::string_view reasoning, const behaviour& how) {
  if (!how.signature.empty() && signature == how.signature) return true;
  // Where the thoughts were left out of the answer, the signature stands for them.
  if (reasoning.empty()) return signature.starts_with(signature_start);
  return signature == issued_signature(reasoning);
}

std::string joined(const std::vector<std::string>& tokens) {
  std::size_t size = 0;
  for (const auto& t : tokens) size += t.size();
  std::string out;
  out.reserve(size);
  for (const auto& t : tokens) out += t;
  return out;
}

}  // namespace nearfar::support
