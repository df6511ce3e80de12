#include "gateway/sticky_store.hpp"

namespace nearfar::gateway {

namespace {

// Whatever hash a codec uses, neighbours land in different sets.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  return x ^ (x >> 33);
}

}  // namespace

std::optional<sticky_store::hit> sticky_store::find(std::uint64_t conversation, routes::instant now) const {
  const auto h = mixed(conversation);
  const auto& in = shards_[h % shards];
  const std::lock_guard hold(in.lock);
  if (in.entries.empty()) return std::nullopt;
  for (std::size_t i = 0; i < ways; ++i) {
    const auto& e = in.entries[first_of_set(h) + i];
    if (e.conversation != conversation || e.until() <= now) continue;
    const place guest{e.guest.slot, e.guest.since};
    if (e.home.until <= now) return hit{guest, std::nullopt};
    const place home{e.home.slot, e.home.since};
    return now < e.guest.until ? hit{home, guest} : hit{home, std::nullopt};
  }
  return std::nullopt;
}

void sticky_store::answered(std::uint64_t conversation, std::size_t slot, routes::instant now,
                            routes::millis life) {
  const auto h = mixed(conversation);
  auto& in = shards_[h % shards];
  const std::lock_guard hold(in.lock);
  if (in.entries.empty()) in.entries.resize(sets * ways);
  auto* to = &in.entries[first_of_set(h)];
  for (std::size_t i = 0; i < ways; ++i) {
    auto& e = in.entries[first_of_set(h) + i];
    if (e.conversation == conversation) {
      to = &e;
      break;
    }
    if (e.until() < to->until()) to = &e;
  }
  if (to->conversation != conversation) *to = {};
  to->conversation = conversation;
  if (to->home.until <= now) {
    to->home = to->guest;
    to->guest = {};
  }
  const bool at_home = to->home.until <= now || to->home.slot == slot;
  auto& at = at_home ? to->home : to->guest;
  if (at.until <= now || at.slot != slot) at.since = now;
  at.slot = slot;
  at.until = now + life;
}

}  // namespace nearfar::gateway
