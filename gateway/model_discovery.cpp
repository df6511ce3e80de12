#include "gateway/model_discovery.hpp"

#include "gateway/core.hpp"
#include "gateway/list_request.hpp"
#include "gateway/log.hpp"
#include "gateway/reloader.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <thread>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;

// A provider that is away is asked less and less often.
constexpr int most_doublings = 5;

std::int64_t steady_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

// Everything on its own thread but the complaints.
struct model_discovery::impl : std::enable_shared_from_this<impl> {
  explicit impl(shared_state& of)
      : shared(of),
        deadlines(io.get_executor()),
        connections(io.get_executor(), deadlines, of.names, of.tls),
        again(io.get_executor()),
        guard(io.get_executor()) {}

  void ask(std::shared_ptr<const config::configuration> of);
  void ask_all(std::set<std::string> only);
  static providers::task<void> look(std::shared_ptr<impl> self,
                                    std::shared_ptr<const config::configuration> of, std::size_t index);
  void found(config::model_list list);
  void ended(const std::string& provider, const std::string& why);
  void arm_retry();
  void stop();

  shared_state& shared;
  asio::io_context io{1};
  providers::deadline_queue deadlines;
  providers::pool connections;
  providers::timer again;
  std::optional<asio::executor_work_guard<providers::executor>> guard;
  std::thread thread;
  std::shared_ptr<const config::configuration> wanted;
  std::map<std::string, providers::exchange*> running;  // by provider
  std::set<std::string> once_more;                      // asked for while they were running
  std::set<std::string> failed;
  int failures = 0;  // rounds in a row
  bool retry_armed = false;
  bool stopping = false;

  mutable std::mutex lock;
  std::map<std::string, std::string, std::less<>> complaints;
};

void model_discovery::impl::ask(std::shared_ptr<const config::configuration> of) {
  wanted = std::move(of);
  failures = 0;
  std::set<std::string> all;
  for (const auto& p : wanted->providers) {
    if (p.discover) all.insert(p.name);
  }
  {
    const std::lock_guard hold(lock);
    std::erase_if(complaints, [&](const auto& one) { return !all.contains(one.first); });
  }
  std::erase_if(failed, [&](const auto& name) { return !all.contains(name); });
  ask_all(std::move(all));
}

void model_discovery::impl::ask_all(std::set<std::string> only) {
  if (stopping || !wanted) return;
  for (std::size_t i = 0; i < wanted->providers.size(); ++i) {
    const auto& p = wanted->providers[i];
    if (!p.discover || !only.contains(p.name)) continue;
    if (running.contains(p.name)) {
      once_more.insert(p.name);
      continue;
    }
    running.emplace(p.name, nullptr);
    providers::spawn(io, look(shared_from_this(), wanted, i));
  }
}

providers::task<void> model_discovery::impl::look(std::shared_ptr<impl> self,
                                                  std::shared_ptr<const config::configuration> of,
                                                  std::size_t index) {
  const auto& from = of->providers[index];
  auto call = std::make_unique<providers::exchange>(self->connections, self->deadlines);
  self->running[from.name] = call.get();
  auto got = co_await request_list(*call, from);
  self->running.erase(from.name);
  call.reset();
  if (self->stopping) {
    // The call's clock is gone only now, and the thread ends when no timer is armed.
    self->deadlines.rest();
    co_return;
  }
  if (got) {
    self->found(std::move(*got));
  } else {
    const auto& why = got.error();
    self->ended(from.name, why.context.empty() ? std::string(routes::to_string(why.kind)) : why.context);
  }
}

// On to the reloader's thread, and what it said of the list back to this one.
void model_discovery::impl::found(config::model_list list) {
  auto& reloads = *shared.reloads;
  const std::string name = list.provider;
  const bool taken = reloads.submit([self = shared_from_this(), &reloads, list = std::move(list)] {
    auto why = reloads.discovered(list);
    // Weak: the thread may have ended, and what waits in its queue must not keep that queue.
    asio::post(self->io, [weak = std::weak_ptr(self), name = list.provider, why = std::move(why)] {
      if (const auto there = weak.lock()) there->ended(name, why);
    });
  });
  if (!taken) ended(name, "the gateway stops");
}

void model_discovery::impl::ended(const std::string& provider, const std::string& why) {
  if (stopping) return;
  bool news = false;
  {
    const std::lock_guard hold(lock);
    auto& before = complaints[provider];
    news = !why.empty() && before != why;
    before = why;
  }
  if (news) log_event(log_level::warning, "models not listed", fmt::format("{}: {}", provider, why));
  if (why.empty()) {
    failed.erase(provider);
    if (failed.empty()) failures = 0;
  } else {
    failed.insert(provider);
    arm_retry();
  }
  if (once_more.erase(provider) > 0) ask_all({provider});
}

void model_discovery::impl::arm_retry() {
  if (retry_armed) return;
  retry_armed = true;
  again.expires_after(shared.options.list_again * (1 << std::min(failures, most_doublings)));
  ++failures;
  again.async_wait([self = shared_from_this()](boost::system::error_code) {
    self->retry_armed = false;
    if (!self->stopping) self->ask_all(self->failed);
  });
}

void model_discovery::impl::stop() {
  stopping = true;
  for (const auto& [name, call] : running) {
    if (call != nullptr) call->cancel();
  }
  again.cancel();
  connections.drop_idle();
  deadlines.rest();
  guard.reset();
}

model_discovery::model_discovery(shared_state& shared) : shared_(shared) {}

model_discovery::~model_discovery() {
  stop();
}

void model_discovery::ask(std::shared_ptr<const config::configuration> of) {
  const bool any = std::any_of(of->providers.begin(), of->providers.end(),
                               [](const config::provider& p) { return p.discover; });
  const std::lock_guard hold(lock_);
  if (stopped_ || (!any && !impl_)) return;
  if (!impl_) {
    impl_ = std::make_shared<impl>(shared_);
    impl_->thread = std::thread([io = &impl_->io] { io->run(); });
  }
  next_look_ = steady_ns() + std::chrono::nanoseconds(shared_.options.list_again).count();
  asio::post(impl_->io, [to = impl_, of = std::move(of)]() mutable { to->ask(std::move(of)); });
}

void model_discovery::missed() {
  auto due = next_look_.load(std::memory_order_relaxed);
  const auto now = steady_ns();
  // 0: nobody discovers.
  if (due == 0 || now < due) return;
  const auto next = now + std::chrono::nanoseconds(shared_.options.list_again).count();
  if (!next_look_.compare_exchange_strong(due, next)) return;
  const std::lock_guard hold(lock_);
  if (stopped_ || !impl_) return;
  asio::post(impl_->io, [to = impl_] {
    if (to->wanted) to->ask(to->wanted);
  });
}

std::string model_discovery::complaint(std::string_view provider) const {
  const std::lock_guard hold(lock_);
  if (!impl_) return "";
  const std::lock_guard inside(impl_->lock);
  const auto found = impl_->complaints.find(provider);
  return found == impl_->complaints.end() ? std::string() : found->second;
}

void model_discovery::stop() {
  std::shared_ptr<impl> ending;
  {
    const std::lock_guard hold(lock_);
    if (stopped_) return;
    stopped_ = true;
    ending = impl_;
  }
  if (!ending) return;
  asio::post(ending->io, [ending] { ending->stop(); });
  ending->thread.join();
}

}  // namespace nearfar::gateway
