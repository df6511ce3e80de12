#include "gateway/keys/key_secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace nearfar::gateway {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t letters = 43;

unsigned char random_byte() {
  unsigned char byte = 0;
  // Of one byte it is never interrupted once the pool is ready (getrandom(2)).
  while (::getrandom(&byte, 1, 0) != 1) {
    if (errno != EINTR) std::abort();
  }
  return byte;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

config::secret make_key() {
  std::string text(key_prefix);
  while (text.size() < key_prefix.size() + letters) {
    // 248 is the greatest multiple of 62 that fits: the rest would make some letters more likely.
    const auto byte = random_byte();
    if (byte < 248) text += alphabet[byte % 62];
  }
  config::secret out(text);
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

key_hash hash_key(std::string_view key) {
  key_hash out{};
  unsigned size = 0;
  EVP_Digest(key.data(), key.size(), out.data(), &size, EVP_sha256(), nullptr);
  return out;
}

bool is_same_key(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::uint64_t differs = 0;
  std::size_t at = 0;
  for (std::uint64_t x = 0, y = 0; at + sizeof x <= a.size(); at += sizeof x) {
    std::memcpy(&x, a.data() + at, sizeof x);
    std::memcpy(&y, b.data() + at, sizeof y);
    differs |= x ^ y;
  }
  for (; at < a.size(); ++at) differs |= static_cast<unsigned char>(a[at] ^ b[at]);
  return differs == 0;
}

std::string hint_of(std::string_view key) {
  return std::string(key.size() > 4 ? key.substr(key.size() - 4) : std::string_view{});
}

std::string to_hex(const key_hash& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : hash) {
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

bool from_hex(std::string_view text, key_hash& out) {
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

}  // namespace nearfar::gateway
