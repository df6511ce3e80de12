#include "providers/http/resolver.hpp"

#include <boost/asio/post.hpp>

#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace nearfar::providers {
namespace {

using steady = std::chrono::steady_clock;
using asio::ip::tcp;
using answer = routes::result<resolver::endpoints>;

constexpr std::chrono::seconds good_for{60};
constexpr std::chrono::seconds bad_for{2};
constexpr std::size_t max_threads = 4;

// One coroutine's wait. The timer never fires: it is the event, and its cancel() the signal.
struct wait {
  explicit wait(executor ex) : event(std::in_place, ex, steady::time_point::max()), home(ex) {}

  void signal() {
    if (event) event->cancel();
  }

  std::optional<timer> event;  // home's thread only
  std::optional<answer> got;   // home's thread only
  std::mutex mutex;
  std::optional<executor> home;  // empty once nobody waits: the executor may be gone
};
using wait_ptr = std::shared_ptr<wait>;

// Lives in the waiting coroutine's frame, which its executor destroys before itself.
struct listening {
  explicit listening(wait_ptr w) : on(std::move(w)) {}
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening() {
    on->event.reset();
    const std::lock_guard lock(on->mutex);
    on->home.reset();
  }
  wait_ptr on;
};

void deliver(const wait_ptr& to, const answer& what) {
  const std::lock_guard lock(to->mutex);
  if (!to->home) return;
  asio::post(*to->home, [held = std::weak_ptr(to), what] {
    const auto w = held.lock();
    if (!w) return;
    w->got = what;
    w->signal();
  });
}

answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0) {
    // A name server that says so was reached; anything else may be the link's doing.
    const auto cause =
        code == EAI_NONAME ? make_error_code(asio::error::host_not_found) : boost::system::error_code();
    return routes::make_error(routes::error_kind::dns, "look up " + host + ": " + ::gai_strerror(code),
                              cause);
  }
  resolver::endpoints out;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    tcp::endpoint e;
    if (a->ai_addrlen > e.capacity()) continue;
    std::copy_n(reinterpret_cast<const char*>(a->ai_addr), a->ai_addrlen, reinterpret_cast<char*>(e.data()));
    e.resize(a->ai_addrlen);
    out.push_back(e);
  }
  ::freeaddrinfo(list);
  if (out.empty()) return routes::make_error(routes::error_kind::dns, "look up " + host + ": no address");
  return out;
}

answer with_port(const answer& from, std::uint16_t port) {
  answer out = from;
  if (out)
    for (auto& e : *out) e.port(port);
  return out;
}

}  // namespace

struct resolver::impl : std::enable_shared_from_this<resolver::impl> {
  struct entry {
    std::optional<answer> known;  // empty: being looked up
    steady::time_point until;
    std::vector<wait_ptr> waiting;
  };

  explicit impl(look_up f) : how(std::move(f)) {}

  // The cached answer, or nothing with `w` told later.
  std::optional<answer> find_or_wait(const std::string& host, const wait_ptr& w);
  void work();
  void stop();

  look_up how;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable left;
  std::map<std::string, entry> entries;
  std::deque<std::string> jobs;
  std::size_t threads = 0;
  std::size_t busy = 0;  // inside a look-up
  bool stopping = false;

 private:
  bool start_thread();
  void settle(const std::string& host, const answer& got);
};

std::optional<answer> resolver::impl::find_or_wait(const std::string& host, const wait_ptr& w) {
  const std::lock_guard lock(mutex);
  auto& e = entries[host];
  if (e.known && e.until > steady::now()) return e.known;
  e.known.reset();
  e.waiting.push_back(w);
  if (e.waiting.size() > 1) return std::nullopt;
  jobs.push_back(host);
  if (threads - busy < jobs.size() && threads < max_threads && !start_thread() && threads == 0) {
    jobs.clear();
    entries.erase(host);
    return routes::make_error(routes::error_kind::internal, "look up " + host + ": no thread can be started");
  }
  wake.notify_one();
  return std::nullopt;
}

bool resolver::impl::start_thread() {
  try {
    std::thread([self = shared_from_this()] { self->work(); }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  ++threads;
  return true;
}

void resolver::impl::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (stopping) break;
    const std::string host = std::move(jobs.front());
    jobs.pop_front();
    ++busy;
    lock.unlock();
    const answer got = how(host);
    lock.lock();
    --busy;
    if (stopping) break;
    settle(host, got);
  }
  --threads;
  left.notify_all();
}

void resolver::impl::settle(const std::string& host, const answer& got) {
  auto& e = entries[host];
  const auto now = steady::now();
  e.until = now + (got ? good_for : bad_for);
  e.known = got;
  for (const auto& w : std::exchange(e.waiting, {})) deliver(w, got);
  std::erase_if(entries, [now](const auto& kept) {
    return kept.second.known && kept.second.until <= now && kept.second.waiting.empty();
  });
}

void resolver::impl::stop() {
  std::unique_lock lock(mutex);
  stopping = true;
  wake.notify_all();
  left.wait(lock, [this] { return threads == busy; });
}

resolver::resolver() : resolver(look_up(ask_system)) {}
resolver::resolver(look_up how) : impl_(std::make_shared<impl>(std::move(how))) {}
resolver::~resolver() {
  impl_->stop();
}

void resolver::forget() {
  const std::lock_guard lock(impl_->mutex);
  std::erase_if(impl_->entries, [](const auto& kept) { return kept.second.waiting.empty(); });
}

task<answer> resolver::resolve(std::string host, std::uint16_t port, std::function<void()>* cancel_slot) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return endpoints{tcp::endpoint(literal, port)};

  const auto ex = co_await asio::this_coro::executor;
  const listening here(std::make_shared<wait>(ex));
  if (const auto known = impl_->find_or_wait(host, here.on)) co_return with_port(*known, port);
  if (cancel_slot != nullptr) {
    *cancel_slot = [w = here.on] {
      if (!w->got) w->got = routes::make_error(routes::error_kind::cancelled, "look-up abandoned");
      w->signal();
    };
  }
  // The answer may be posted while this still starts the wait: both run on this thread, one by one.
  while (!here.on->got) (void)co_await here.on->event->async_wait(use_result);
  if (cancel_slot != nullptr) *cancel_slot = nullptr;
  co_return with_port(*here.on->got, port);
}

}  // namespace nearfar::providers
