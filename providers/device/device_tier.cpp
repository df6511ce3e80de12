#include "providers/device/device_tier.hpp"

#include "providers/device/device_tier_impl.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace nearfar::providers {

namespace {

// A core that also serves queries is left free: with every core busy llama.cpp's spin barriers make a
// two-thread server 50 to 100 times slower than a one-thread one (measured on two cores).
unsigned server_threads() {
  constexpr unsigned most = 8;  // generation is bound by memory bandwidth beyond
  return std::clamp(std::thread::hardware_concurrency() / 2, 1U, most);
}

std::vector<std::string> arguments_of(const config::provider& provider, const config::target_model& model) {
  std::vector<std::string> args{"-m",     *model.file, "--alias",
                                model.id, "-t",        std::to_string(server_threads())};
  if (model.context) args.insert(args.end(), {"-c", std::to_string(*model.context)});
  // Without a number llama-server makes four slots over one shared cache; with a number it would cut
  // the context into equal parts unless told to share.
  if (provider.concurrent) args.insert(args.end(), {"-np", std::to_string(*provider.concurrent), "-kvu"});
  args.emplace_back("--no-webui");
  const auto& own = provider.runtime->args;
  args.insert(args.end(), own.begin(), own.end());
  return args;
}

std::vector<model_settings> settings_of(const std::vector<config::provider>& providers) {
  std::vector<model_settings> all;
  for (const auto& provider : providers) {
    if (!provider.runtime) continue;
    for (const auto& model : provider.models) {
      if (!model.file) continue;
      model_settings s;
      s.provider = provider.name;
      s.target = provider.name + "/" + (model.as.empty() ? model.id : model.as);
      s.file = *model.file;
      s.binary = provider.runtime->binary;
      s.arguments = arguments_of(provider, model);
      s.context = model.context;
      s.budget = provider.runtime->memory;
      s.keep = provider.runtime->keep;
      all.push_back(std::move(s));
    }
  }
  return all;
}

}  // namespace

device_tier::device_tier(options how) : impl_(std::make_shared<device_tier_impl>(std::move(how))) {
  impl_->run();
}

device_tier::~device_tier() {
  stop();
}

void device_tier::stop() {
  impl_->stop();
}

void device_tier::configure(const std::vector<config::provider>& providers) {
  impl_->post([impl = impl_.get(), wanted = settings_of(providers)]() mutable {
    impl->configure(std::move(wanted));
  });
}

std::vector<device_tier::status> device_tier::all() const {
  auto answer = std::make_shared<std::promise<std::vector<status>>>();
  auto ready = answer->get_future();
  if (!impl_->post([impl = impl_.get(), answer] { answer->set_value(impl->all()); })) return {};
  // A stop in the meantime that had to leave a process behind drops the work; then the promise breaks.
  answer.reset();
  try {
    return ready.get();
  } catch (const std::future_error&) {
    return {};
  }
}

// ---- a query that waits -----------------------------------------------------------------------

namespace {

// Owned by the waiting coroutine and touched on its executor only: the timer must not outlive the
// core's io_context.
struct pending_query {
  explicit pending_query(executor ex) : wake(ex) {}
  timer wake;
  std::optional<routes::result<device_tier::lease>> answer;
  bool cancelled = false;
};

// The tier's way to a waiting coroutine. Closed by the coroutine when it leaves: afterwards nothing is
// posted to its core, which may be gone by then.
struct mailbox {
  mailbox(executor to, std::weak_ptr<pending_query> query) : ex(to), waiting(std::move(query)) {}

  // An answer that comes too late is dropped here, and the lease in it ends.
  void deliver(routes::result<device_tier::lease> answer) {
    const std::lock_guard lock(gate);
    if (!open) return;
    asio::post(ex, [weak = waiting, answer = std::move(answer)]() mutable {
      const auto query = weak.lock();
      if (!query) return;
      query->answer.emplace(std::move(answer));
      query->wake.cancel();
    });
  }

  std::mutex gate;
  bool open = true;
  const executor ex;
  const std::weak_ptr<pending_query> waiting;
};

// However the coroutine ends, the tier does not keep a query that nobody waits for.
struct leave_on_exit {
  leave_on_exit(pending_query& q, mailbox& m, device_tier_impl& t, std::uint64_t i,
                std::function<void()>* slot)
      : query(q), mail(m), tier(t), id(i), cancel_slot(slot) {}
  leave_on_exit(const leave_on_exit&) = delete;
  leave_on_exit& operator=(const leave_on_exit&) = delete;
  ~leave_on_exit() {
    {
      const std::lock_guard lock(mail.gate);
      mail.open = false;
    }
    if (cancel_slot != nullptr) *cancel_slot = nullptr;
    if (!query.answer) tier.post([t = &tier, i = id] { t->give_up(i); });
  }
  pending_query& query;
  mailbox& mail;
  device_tier_impl& tier;
  const std::uint64_t id;
  std::function<void()>* const cancel_slot;
};

}  // namespace

task<routes::result<device_tier::lease>> device_tier::acquire(std::string target,
                                                              std::chrono::milliseconds load_time,
                                                              std::function<void()>* cancel_slot, start how) {
  // Held to the end: the tier object may go while a query still waits.
  const auto tier = impl_;
  const auto ex = co_await asio::this_coro::executor;
  const auto query = std::make_shared<pending_query>(ex);
  const auto mail = std::make_shared<mailbox>(ex, query);
  const auto id = tier->next_query.fetch_add(1, std::memory_order_relaxed);
  query->wake.expires_after(load_time);
  const leave_on_exit leave(*query, *mail, *tier, id, cancel_slot);
  if (cancel_slot != nullptr) {
    *cancel_slot = [q = query.get()] {
      q->cancelled = true;
      q->wake.cancel();
    };
  }

  auto ask = [weak = std::weak_ptr(tier), tier_ptr = tier.get(), target, id, mail, how] {
    auto* server = tier_ptr->find(target);
    if (server == nullptr) {
      mail->deliver(routes::make_error(routes::error_kind::not_ready, target + ": not configured"));
      return;
    }
    if (how == start::only_loaded && server->state().state() != device_state::ready) {
      mail->deliver(routes::make_error(routes::error_kind::not_ready, target + ": not loaded"));
      return;
    }
    server->want(id, [weak, mail, held = server->weak_from_this()](routes::result<running_server> running) {
      if (!running) return mail->deliver(running.error());
      lease given;
      given.tier_ = weak;
      given.server_ = held;
      given.generation_ = running->generation;
      given.where_ = std::move(running->where);
      mail->deliver(std::move(given));
    });
  };
  if (!tier->post(std::move(ask))) {
    co_return routes::make_error(routes::error_kind::cancelled, target + ": the device tier has stopped");
  }

  co_await query->wake.async_wait(use_result);
  if (query->answer) co_return std::move(*query->answer);
  if (query->cancelled)
    co_return routes::make_error(routes::error_kind::cancelled, target + ": no longer wanted");
  co_return routes::make_error(routes::error_kind::not_ready,
                               target + ": not ready in " + std::to_string(load_time.count()) + " ms");
}

// ---- lease ------------------------------------------------------------------------------------

device_tier::lease& device_tier::lease::operator=(lease&& other) noexcept {
  if (this != &other) {
    release();
    tier_ = std::move(other.tier_);
    server_ = std::move(other.server_);
    generation_ = other.generation_;
    where_ = std::move(other.where_);
  }
  return *this;
}

device_tier::lease::~lease() {
  release();
}

void device_tier::lease::release() noexcept {
  const auto tier = std::exchange(tier_, {}).lock();
  if (!tier) return;
  tier->post([server = std::exchange(server_, {})] {
    if (const auto s = server.lock()) s->release();
  });
}

void device_tier::lease::hung() {
  const auto tier = tier_.lock();
  if (!tier) return;
  tier->post([server = server_, generation = generation_] {
    if (const auto s = server.lock()) s->hung(generation);
  });
}

}  // namespace nearfar::providers
