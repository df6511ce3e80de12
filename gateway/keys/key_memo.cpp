#include "gateway/keys/key_memo.hpp"

#include "gateway/keys/key_secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace nearfar::gateway {

key_memo::~key_memo() {
  forget();
}

void key_memo::forget() {
  OPENSSL_cleanse(text_.data(), text_.size());
  size_ = 0;
  found_ = nullptr;
  ring_.reset();
}

const key_record* key_memo::find(const std::shared_ptr<const key_ring>& ring, std::string_view presented) {
  const bool same = found_ != nullptr && ring_ == ring && presented.size() == size_ &&
                    is_same_key(presented, {text_.data(), size_});
  if (same) return found_;
  forget();
  const auto* found = ring->find(presented);
  // A guess is not kept: the next one would not be the same.
  if (found == nullptr || presented.size() > text_.size()) return found;
  ring_ = ring;
  found_ = found;
  std::copy(presented.begin(), presented.end(), text_.begin());
  size_ = presented.size();
  return found;
}

}  // namespace nearfar::gateway
