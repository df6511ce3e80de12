#include "providers/dialects/gemini/thought_signature.hpp"

#include "providers/dialects/signature.hpp"

#include <cstdint>
#include <optional>

namespace nearfar::providers::gemini {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view encoded_marker = "bmYxL";  // "nf1."

std::string encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + k])) : 0U;
    };
    const std::uint32_t three = at(0) << 16 | at(1) << 8 | at(2);
    out.push_back(alphabet[three >> 18 & 63]);
    out.push_back(alphabet[three >> 12 & 63]);
    out.push_back(i + 1 < bytes.size() ? alphabet[three >> 6 & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? alphabet[three & 63] : '=');
  }
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (char c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = (held << 6 | static_cast<std::uint32_t>(digit)) & 0xffffU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(held >> bits & 255U));
  }
  return out;
}

}  // namespace

std::string write_signature(std::string_view issuer, std::string_view signature) {
  if (issuer.empty() || issuer == chat::issuer_of(config::dialect::gemini)) return std::string(signature);
  return encode(chat::with_issuer(issuer, signature));
}

signed_by read_signature(std::string_view text) {
  std::string plain(text);
  if (text.starts_with(encoded_marker)) plain = decode(text).value_or(std::string(text));
  const auto found = chat::take_issuer(plain);
  if (found.issuer.empty()) {
    return {std::string(chat::issuer_of(config::dialect::gemini)), std::string(text)};
  }
  return {std::string(found.issuer), std::string(found.signature)};
}

}  // namespace nearfar::providers::gemini
