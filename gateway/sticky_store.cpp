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
    if (e.conversation == conversation && now < e.until) return hit{e.slot, e.since};
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
    if (e.until < to->until) to = &e;
  }
  const bool goes_on = to->conversation == conversation && to->slot == slot && now < to->until;
  if (!goes_on) to->since = now;
  to->conversation = conversation;
  to->slot = slot;
  to->until = now + life;
}

}  // namespace nearfar::gateway
