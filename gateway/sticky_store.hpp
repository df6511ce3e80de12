// Where conversations live, for `stick`. Shared by all cores, outside the policy, so that a reload forgets
// nothing.
//
// A conversation's home is the target that answered it first. An answer from elsewhere (the home failed, or
// something took it away for a while) makes that one its guest: the home still holds the longer part of the
// prompt in its cache and issued most of the signatures. Home is where the conversation goes back to until
// its cache is gone; then the guest is the home.
#pragma once

#include "routes/time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace nearfar::gateway {

// Thread safe: one short lock a call, on one of `shards`. Bounded: a set of eight places a hash, and the
// one that would expire first makes room. Takes no memory before the first conversation.
class sticky_store {
 public:
  static constexpr std::size_t shards = 16;
  static constexpr std::size_t sets = 256;
  static constexpr std::size_t ways = 8;

  struct place {
    std::size_t slot;       // of target_registry
    routes::instant since;  // the first answer there
  };
  struct hit {
    place home;
    std::optional<place> guest;  // answered while the home was away
  };

  // Nullopt: unknown or expired.
  std::optional<hit> find(std::uint64_t conversation, routes::instant now) const;
  // The conversation was answered by that target, which remembers its prompt until `now + life`.
  void answered(std::uint64_t conversation, std::size_t slot, routes::instant now, routes::millis life);

 private:
  struct stay {
    std::size_t slot = 0;
    routes::instant since{};
    routes::instant until{};  // not after now: over
  };
  struct entry {
    std::uint64_t conversation = 0;
    stay home;
    stay guest;

    routes::instant until() const { return std::max(home.until, guest.until); }
  };
  struct alignas(64) shard {
    mutable std::mutex lock;
    std::vector<entry> entries;  // sets * ways, or none yet
  };
  static std::size_t first_of_set(std::uint64_t mixed) { return (mixed >> 8) % sets * ways; }

  std::array<shard, shards> shards_;
};

}  // namespace nearfar::gateway
