#include "gateway/barge_in.hpp"

#include "gateway/answer_writer.hpp"

#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <memory>

namespace nearfar::gateway {

namespace {

// How long a newer query waits for an older one to let go of its target, and a DELETE for a busy core.
constexpr std::chrono::milliseconds let_go_time{100};
constexpr std::chrono::milliseconds core_time{2'000};

// What a call to another core answers. Used on the asking core alone.
struct reply {
  providers::timer* waiting = nullptr;
  bool came = false;
  bool found = false;

  void take(bool was_found) {
    came = true;
    found = was_found;
    if (waiting != nullptr) waiting->cancel();
  }
};

enum class tell : std::uint8_t { when_stopped, when_over };

// On the query's own core.
void stop_here(core& there, std::uint64_t secret, const std::string& key, stop_cause why, tell when,
               std::function<void(bool)> answer) {
  auto* const q = there.running.find(secret);
  // Ids stand in logs. One that began before there were keys is anybody's.
  if (q == nullptr || (q->key != nullptr && q->key->name != key)) return answer(false);
  const bool first = q->stopped == stop_cause::none;
  if (first && when == tell::when_over) {
    q->when_over = std::move(answer);
    return q->stop(why);
  }
  q->stop(why);
  answer(true);
}

providers::task<bool> stop_query(core& on, std::string_view text, std::string_view key, stop_cause why,
                                 tell when, std::chrono::milliseconds at_most) {
  const auto id = parse_query_id(text);
  if (!id || id->core >= on.shared.cores.size()) co_return false;
  auto& there = *on.shared.cores[id->core];
  const auto answer = std::make_shared<reply>();
  const auto back = on.io.get_executor();
  const auto call = [&there, secret = id->secret, key = std::string(key), why, when, answer, back] {
    stop_here(there, secret, key, why, when, [answer, back](bool found) {
      providers::asio::post(back, [answer, found] { answer->take(found); });
    });
  };
  providers::timer limit(back, at_most);
  answer->waiting = &limit;
  providers::asio::post(there.io, call);
  co_await limit.async_wait(providers::use_result);
  answer->waiting = nullptr;
  // A core that is busy for so long has the call in its queue: it will be done.
  co_return !answer->came || answer->found;
}

}  // namespace

providers::task<simple_answer> cancel_query(core& on, std::string_view id, std::string_view key) {
  const bool found = co_await stop_query(on, id, key, stop_cause::cancelled, tell::when_stopped, core_time);
  if (found) co_return simple_answer{204, "", "", {}};
  co_return simple_error(
      404, "unknown_query",
      "no query of this id is running; it may have ended (x-nearfar-id of an answer names it)");
}

providers::task<void> supersede(core& on, std::string_view id, std::string_view key) {
  (void)co_await stop_query(on, id, key, stop_cause::superseded, tell::when_over, let_go_time);
}

providers::task<void> tell_if_stopped(query_state& q) {
  if (q.when_over) std::exchange(q.when_over, nullptr)(true);
  const bool by_others = q.stopped == stop_cause::cancelled || q.stopped == stop_cause::superseded;
  if (q.end != query_end::gone || !by_others) co_return;
  const bool replaced = q.stopped == stop_cause::superseded;
  q.end = replaced ? query_end::superseded : query_end::cancelled;
  auto& metrics = q.on.metrics;
  (replaced ? metrics.superseded : metrics.cancelled).add();
  const std::string_view code = replaced ? "superseded" : "cancelled";
  const std::string_view message =
      replaced ? "a newer query replaced this one" : "the query was cancelled by its id";
  if (q.client_head == head_state::not_sent) {
    // As google.rpc.Code says CANCELLED in HTTP. SDKs send 408, 409 and 429 again by themselves.
    own_error what{499, std::string(code), std::string(message), {}, more_retries::pointless};
    co_await send_error(q, what);
  } else if (q.asked().stream) {
    co_await send_break(q, code, message);
  } else {
    q.after = after_answer::close;  // in the middle of a JSON body: its framing says that it is cut
  }
}

}  // namespace nearfar::gateway
