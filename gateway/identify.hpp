// Who asks: the key of a caller, before anything else of its query is looked at.
//
// What it costs: docs/keys.md.
#pragma once

#include "gateway/keys/key_memo.hpp"
#include "gateway/keys/key_refusal.hpp"
#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace nearfar::gateway {

// What a request shows of credentials. Views of the head.
struct credentials {
  std::string_view key;    // of this gateway; empty: none
  std::string_view place;  // where it was found
  // Not one of ours: the caller's own at some provider. As it came: of `?key=` with its percent signs.
  std::string_view own;
  bool own_is_encoded = false;
};

// `x-nearfar-key`; else the first that begins with `nf-` of Authorization: Bearer, x-api-key, x-goog-api-key
// and `?key=`. What does not begin so is the caller's own.
credentials credentials_of(const request_head& head);

// Whether a field may hold a credential. Such fields are no facts, and stand in no log.
bool is_credential_field(std::string_view name);

struct identity {
  key_refusal refused = key_refusal::none;
  std::shared_ptr<const key_ring> ring;  // null: nobody had to say
  const key_record* key = nullptr;       // also one that has ended
};

// Unix seconds. Touches no store; of memory only what OpenSSL takes for a digest, and that not where the
// connection showed the same key before.
identity identify(const std::shared_ptr<const key_ring>& ring, const request_head& head, key_memo& memo,
                  std::int64_t now);

// In the words of whom the path belongs to; never the credential.
simple_answer key_refused(const request_head& head, const identity& who);

// Paths of clients that nobody may ask for without a key where there are keys: all but health and the root.
bool wants_key(std::string_view path);

}  // namespace nearfar::gateway
