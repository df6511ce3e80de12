#include "gateway/event_hub.hpp"

#include "gateway/answer_head.hpp"
#include "gateway/core.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::size_t most_waiting = 256 * 1024;
// Tells a watcher behind a proxy that the stream lives, and us that the watcher does.
constexpr std::chrono::seconds comment_every{15};

}  // namespace

struct event_hub::watcher {
  explicit watcher(providers::executor ex) : wake(ex) {}
  providers::timer wake;
  std::string waiting;
  std::uint64_t left_out = 0;
  bool gone = false;
};

void event_hub::publish(std::string_view json) {
  providers::asio::post(shared_.cores.front()->io, [this, line = std::string(json)] { spread(line); });
}

void event_hub::spread(const std::string& json) {
  for (auto* one : all_) {
    if (one->waiting.size() + json.size() > most_waiting) {
      ++one->left_out;
      continue;
    }
    one->waiting += "data: ";
    one->waiting += json;
    one->waiting += "\n\n";
    one->wake.cancel();
  }
}

providers::task<void> event_hub::serve(client_connection& client) {
  std::string head;
  start_head(head, 200);
  add_field(head, "content-type", "text/event-stream");
  add_field(head, "cache-control", "no-store");
  add_field(head, "connection", "close");
  end_head(head);
  head += ": nearfar events\n\n";
  const providers::asio::const_buffer first(head.data(), head.size());
  if (!co_await client.write(std::span(&first, 1))) co_return;

  watcher self(client.on().io.get_executor());
  all_.push_back(&self);
  watchers_.fetch_add(1, std::memory_order_relaxed);
  // A stream that only watches is not worth waiting for at a stop.
  client.phase = client_phase::idle;
  client.watch([&self] {
    self.gone = true;
    self.wake.cancel();
  });
  std::string out;
  while (!self.gone && !shared_.draining.load(std::memory_order_relaxed)) {
    if (self.waiting.empty()) {
      self.wake.expires_after(comment_every);
      co_await self.wake.async_wait(providers::use_result);
      if (self.gone) break;
    }
    out = std::exchange(self.waiting, {});
    if (self.left_out > 0) out += fmt::format(": {} events left out\n\n", std::exchange(self.left_out, 0));
    if (out.empty()) out = ": alive\n\n";
    const providers::asio::const_buffer piece(out.data(), out.size());
    if (!co_await client.write(std::span(&piece, 1))) break;
  }
  client.unwatch();
  std::erase(all_, &self);
  watchers_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace nearfar::gateway
