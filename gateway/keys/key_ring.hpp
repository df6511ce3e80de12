// All keys at one moment: immutable, shared by the cores, so that a look-up touches no store and no lock.
#pragma once

#include "gateway/keys/key_record.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearfar::gateway {

class key_ring {
 public:
  key_ring() = default;
  explicit key_ring(std::vector<key_record> keys);

  // Null: no such key. The rest of the hash is compared in constant time; that the table is asked by the
  // hash's first bytes tells nobody anything who cannot invert SHA-256.
  const key_record* find(std::string_view presented) const;
  const key_record* by_name(std::string_view name) const;
  const std::vector<key_record>& all() const { return keys_; }
  // No key was ever made: loopback and unix sockets need none.
  bool empty() const { return keys_.empty(); }

 private:
  std::vector<key_record> keys_;
  std::unordered_multimap<std::uint64_t, std::size_t> by_hash_;
};

}  // namespace nearfar::gateway
