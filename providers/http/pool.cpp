#include "providers/http/pool.hpp"

#include "providers/http/connect.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nearfar::providers {
namespace {

using steady = std::chrono::steady_clock;

// A spare is a courtesy: it may take as long as a patient query would.
constexpr std::chrono::seconds spare_time{5};

struct idle_connection {
  connection_ptr held;
  steady::time_point since;
};

}  // namespace

struct pool::impl {
  impl(deadline_queue& deadlines, resolver& names, tls_contexts& tls, pool_limits most, clocks clock)
      : tools{deadlines, names, tls, &sockets},
        limits(most),
        time(clock),
        expiry(deadlines, [this] { expire(); }) {}

  connection_ptr take(const origin& to);
  void keep(connection_ptr c);
  void drop_after_suspend();
  void expire();
  std::size_t count() const;
  task<routes::result<connection_ptr>> connect(const origin& to, std::chrono::milliseconds connect_time,
                                               std::function<void()>* cancel_slot);
  // By value: nobody waits for it.
  static task<void> open_spare(std::shared_ptr<impl> self, origin to, std::string key, spare_end ended);

  open_sockets sockets;
  connect_tools tools;
  pool_limits limits;
  clocks time;
  suspend_detector sleep;
  routes::instant looked{};  // when it was asked last
  pool_counters counters;
  boost::unordered_flat_map<std::string, std::vector<idle_connection>> idle;  // newest at the back
  std::map<std::string, std::function<void()>> spares;  // on their way, and how each is abandoned
  std::string key;                                      // of the origin asked for; keeps its capacity
  bool closed = false;
  deadline expiry;  // set for the oldest idle connection, or earlier
};

connection_ptr pool::impl::take(const origin& to) {
  drop_after_suspend();
  to.write_pool_key(key);
  const auto found = idle.find(key);
  if (found == idle.end()) return nullptr;
  auto& kept = found->second;
  // The newest is the least likely to have been closed, and lets the rest grow old.
  while (!kept.empty()) {
    auto c = std::move(kept.back().held);
    kept.pop_back();
    if (!c->alive()) continue;
    ++c->uses_;
    ++counters.reused;
    return c;
  }
  return nullptr;
}

void pool::impl::keep(connection_ptr c) {
  if (closed || limits.idle_per_origin == 0 || c->input_.size() != 0) return;
  auto& kept = idle[c->pool_key_];
  if (kept.size() >= limits.idle_per_origin) kept.erase(kept.begin());
  const auto now = about_now();
  kept.push_back({std::move(c), now});
  if (!expiry.is_set()) expiry.set(now + limits.idle_time);
}

void pool::impl::drop_after_suspend() {
  const auto boot = time.boot();
  // In less than a second nothing was slept through that counts.
  if (boot - looked < std::chrono::seconds(1)) return;
  looked = boot;
  if (!sleep.suspended(boot.time_since_epoch(), time.monotonic())) return;
  counters.dropped_after_suspend += count();
  idle.clear();
}

void pool::impl::expire() {
  const auto limit = steady::now() - limits.idle_time;
  auto oldest = steady::time_point::max();
  for (auto& [name, kept] : idle) {
    std::erase_if(kept, [limit](const idle_connection& c) { return c.since <= limit; });
    if (!kept.empty()) oldest = std::min(oldest, kept.front().since);
  }
  boost::unordered::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
  if (oldest != steady::time_point::max()) expiry.set(oldest + limits.idle_time);
}

std::size_t pool::impl::count() const {
  std::size_t n = 0;
  for (const auto& [name, kept] : idle) n += kept.size();
  return n;
}

task<routes::result<connection_ptr>> pool::impl::connect(const origin& to,
                                                         std::chrono::milliseconds connect_time,
                                                         std::function<void()>* cancel_slot) {
  auto made = co_await open_connection(tools, to, connect_time, cancel_slot);
  if (!made) co_return made.error();
  ++counters.connects;
  (*made)->uses_ = 1;
  (*made)->pool_key_ = to.pool_key();
  co_return made;
}

task<void> pool::impl::open_spare(std::shared_ptr<impl> self, origin to, std::string key, spare_end ended) {
  auto made = co_await self->connect(to, spare_time, &self->spares[key]);
  self->spares.erase(key);
  if (ended && !self->closed) {
    const auto failed = made ? routes::error{} : made.error();
    ended(made ? nullptr : &failed);
  }
  // It waits like a used one, so what happens to it then is `stale` too.
  if (made) self->keep(std::move(*made));
}

pool::pool(executor ex, deadline_queue& deadlines, resolver& names, tls_contexts& tls, pool_limits limits,
           clocks time)
    : ex_(ex), impl_(std::make_shared<impl>(deadlines, names, tls, limits, time)) {}

pool::~pool() {
  impl_->closed = true;
  impl_->idle.clear();
  for (auto& [key, abandon] : impl_->spares)
    if (abandon) abandon();
}

task<routes::result<connection_ptr>> pool::acquire(const origin& to, reuse how,
                                                   std::chrono::milliseconds connect_time,
                                                   std::function<void()>* cancel_slot) {
  if (how == reuse::allowed) {
    if (auto c = take_idle(to)) co_return c;
  }
  co_return co_await impl_->connect(to, connect_time, cancel_slot);
}

connection_ptr pool::take_idle(const origin& to) {
  return impl_->take(to);
}

void pool::release(connection_ptr c) {
  if (c) impl_->keep(std::move(c));
}

void pool::drop_idle() {
  impl_->idle.clear();
  impl_->expiry.drop();
}

void pool::open_spare(const origin& to, spare_end ended) {
  auto key = to.pool_key();
  const auto found = impl_->idle.find(key);
  if (found != impl_->idle.end() && !found->second.empty()) return;
  if (!impl_->spares.try_emplace(key).second) return;
  providers::spawn(ex_, impl::open_spare(impl_, to, std::move(key), std::move(ended)));
}

std::size_t pool::cut(std::span<const lost_path> lost) {
  const std::size_t n = impl_->sockets.cut(lost);
  impl_->counters.cut += n;
  for (auto& [key, kept] : impl_->idle)
    std::erase_if(kept, [](const idle_connection& c) { return c.held->is_cut(); });
  return n;
}

std::optional<tcp_path> pool::path_to(const origin& to) {
  if (to.kind == transport::unix_socket) return std::nullopt;
  to.write_pool_key(impl_->key);
  const auto found = impl_->idle.find(impl_->key);
  if (found == impl_->idle.end() || found->second.empty()) return std::nullopt;
  return measure_path(found->second.back().held->native_handle());
}

const pool_counters& pool::counters() const {
  return impl_->counters;
}

std::size_t pool::idle() const {
  return impl_->count();
}

}  // namespace nearfar::providers
