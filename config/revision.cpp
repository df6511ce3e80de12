#include "config/revision.hpp"

#include <openssl/evp.h>

#include <array>

namespace nearfar::config {

namespace {

std::string short_hash(std::string_view text) {
  constexpr std::size_t shown = 6;
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr);
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    out += digits[hash[i] >> 4U];
    out += digits[hash[i] & 0xFU];
  }
  return out;
}

}  // namespace

std::string revision_of(std::string_view text, std::span<const included_file> included) {
  // No file holds a zero byte and is read, so the parts cannot be cut another way.
  std::string all(text);
  for (const auto& each : included) {
    if (each.text.empty()) continue;
    all += '\0';
    all += each.text;
  }
  return short_hash(all);
}

}  // namespace nearfar::config
