#include "providers/device/device_tier_impl.hpp"

#include "providers/device/memory_plan.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace nearfar::providers {

namespace {

// A killed process that the kernel cannot end (stuck in a driver) must not hold up our own end for
// ever; PR_SET_PDEATHSIG has the last word on it.
constexpr std::chrono::seconds patience_after_kill{3};

}  // namespace

device_tier_impl::device_tier_impl(device_tier::options options) : how_(std::move(options)) {}

device_tier_impl::~device_tier_impl() = default;

void device_tier_impl::run() {
  // Signals to the process are for the main thread; the launcher gives the child an empty mask again.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "device tier");
    io_.run();
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void device_tier_impl::stop() {
  post([this] { begin_stop(); });
  if (thread_.joinable()) thread_.join();
}

template <class Visit>
void device_tier_impl::each(Visit visit) const {
  // Copies: a visit may make servers come and go.
  std::vector<server_ptr> all = retired_;
  for (const auto& [target, server] : servers_) all.push_back(server);
  for (const auto& server : all) visit(*server);
}

void device_tier_impl::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  last_resort_.expires_after(how_.timing.term_grace + patience_after_kill);
  last_resort_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    const std::lock_guard lock(gate_);
    open_ = false;
    io_.stop();
  });
  each([](model_server& server) { server.shutdown(); });
  finish_if_stopped();
}

void device_tier_impl::finish_if_stopped() {
  if (!stopping_ || !servers_.empty() || !retired_.empty()) return;
  // Work posted until now still runs: run() returns when nothing is left.
  const std::lock_guard lock(gate_);
  open_ = false;
  last_resort_.cancel();
  sockets_.reset();
  guard_.reset();
}

void device_tier_impl::stopped_for_good(model_server& server) {
  const auto is_it = [&](const server_ptr& s) { return s.get() == &server; };
  if (const auto it = servers_.find(server.settings().target); it != servers_.end() && is_it(it->second)) {
    servers_.erase(it);
  }
  retired_.erase(std::remove_if(retired_.begin(), retired_.end(), is_it), retired_.end());
  finish_if_stopped();
}

void device_tier_impl::configure(std::vector<model_settings> wanted) {
  if (stopping_) return;
  std::map<std::string, server_ptr> next;
  for (auto& settings : wanted) {
    const auto it = servers_.find(settings.target);
    if (it != servers_.end() && it->second->settings().same_process(settings)) {
      it->second->change(std::move(settings));
      next.insert(servers_.extract(it));
    } else {
      auto target = settings.target;
      next.emplace(std::move(target), std::make_shared<model_server>(*this, std::move(settings)));
    }
  }
  const auto gone = std::exchange(servers_, std::move(next));
  for (const auto& [target, server] : gone) retired_.push_back(server);
  for (const auto& [target, server] : gone) server->retire();
  memory_may_be_free();
}

model_server* device_tier_impl::find(const std::string& target) const {
  const auto it = servers_.find(target);
  return it == servers_.end() ? nullptr : it->second.get();
}

void device_tier_impl::give_up(std::uint64_t query) {
  each([&](model_server& server) { server.give_up(query); });
}

std::vector<device_tier::status> device_tier_impl::all() const {
  std::vector<device_tier::status> found;
  for (const auto& [target, server] : servers_) found.push_back(server->status());
  return found;
}

routes::result<std::string> device_tier_impl::next_socket() {
  if (!sockets_) {
    auto made = socket_folder::make(how_.state_folder);
    if (!made) return made.error();
    sockets_ = std::move(*made);
  }
  return sockets_->next_socket();
}

void device_tier_impl::want_memory(model_server& server) {
  want_memory_.push_back(server.weak_from_this());
  give_memory();
}

// Called from inside a server's pump: the pass over all servers waits for its end.
void device_tier_impl::memory_may_be_free() {
  if (want_memory_.empty() || std::exchange(memory_pass_due_, true)) return;
  asio::post(io_, [this] {
    memory_pass_due_ = false;
    give_memory();
  });
}

// In order within each provider: a small model does not overtake a large one for ever.
void device_tier_impl::give_memory() {
  std::vector<std::string> blocked;
  auto queue = std::exchange(want_memory_, {});
  for (const auto& weak : queue) {
    const auto server = weak.lock();
    if (!server || !server->waits_for_memory()) continue;
    const auto& provider = server->settings().provider;
    const bool behind = std::find(blocked.begin(), blocked.end(), provider) != blocked.end();
    if (!behind && make_room(*server)) {
      server->spawn_now();
    } else {
      blocked.push_back(provider);
      want_memory_.push_back(weak);
    }
  }
}

bool device_tier_impl::make_room(model_server& server) {
  const auto budget = server.settings().budget;
  if (!budget) return true;
  std::vector<resident_model> residents;
  std::vector<model_server*> holders;
  each([&](model_server& other) {
    const auto& state = other.state();
    if (&other == &server || !state.has_process() || other.settings().provider != server.settings().provider)
      return;
    residents.push_back(
        {other.memory(), state.last_used(), state.busy() > 0, state.state() == device_state::stopping});
    holders.push_back(&other);
  });
  const auto plan = plan_memory(server.memory(), *budget, residents);
  for (const auto i : plan.evict) holders[i]->evict();
  return plan.fits;
}

}  // namespace nearfar::providers
