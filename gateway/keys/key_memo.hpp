// Whose key a connection showed last: who keeps a connection is not hashed again for every query.
#pragma once

#include "gateway/keys/key_ring.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace nearfar::gateway {

// Of one connection, so of one thread. Holds the key itself, as the connection's read buffer does, and wipes
// it. Another ring drops what it knows: a revoked key is found revoked by the next query.
class key_memo {
 public:
  key_memo() = default;
  ~key_memo();
  key_memo(const key_memo&) = delete;
  key_memo& operator=(const key_memo&) = delete;

  // Null: no such key. Good for as long as the ring.
  const key_record* find(const std::shared_ptr<const key_ring>& ring, std::string_view presented);

 private:
  void forget();

  std::shared_ptr<const key_ring> ring_;
  const key_record* found_ = nullptr;
  std::array<char, 64> text_{};  // a key has 46; a longer one is hashed each time
  std::size_t size_ = 0;
};

}  // namespace nearfar::gateway
