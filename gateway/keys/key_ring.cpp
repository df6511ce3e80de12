#include "gateway/keys/key_ring.hpp"

#include "gateway/keys/key_secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace nearfar::gateway {

namespace {

std::uint64_t first_bytes(const key_hash& hash) {
  std::uint64_t out = 0;
  std::memcpy(&out, hash.data(), sizeof out);
  return out;
}

}  // namespace

key_ring::key_ring(std::vector<key_record> keys) : keys_(std::move(keys)) {
  for (std::size_t i = 0; i < keys_.size(); ++i) by_hash_.emplace(first_bytes(keys_[i].hash), i);
}

const key_record* key_ring::find(std::string_view presented) const {
  if (keys_.empty()) return nullptr;
  const auto hash = hash_key(presented);
  const auto [begin, end] = by_hash_.equal_range(first_bytes(hash));
  for (auto at = begin; at != end; ++at) {
    const auto& key = keys_[at->second];
    if (CRYPTO_memcmp(key.hash.data(), hash.data(), hash.size()) == 0) return &key;
  }
  return nullptr;
}

const key_record* key_ring::by_name(std::string_view name) const {
  const auto found = std::ranges::find(keys_, name, &key_record::name);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace nearfar::gateway
