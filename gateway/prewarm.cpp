#include "gateway/prewarm.hpp"

#include "gateway/answer_writer.hpp"
#include "gateway/attempt.hpp"
#include "gateway/chat_query.hpp"
#include "gateway/contest.hpp"
#include "gateway/key_scope.hpp"
#include "gateway/request_target.hpp"
#include "gateway/warm_target.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/os/clock.hpp"

#include <fmt/format.h>

#include <charconv>
#include <exception>

namespace nearfar::gateway {

namespace {

using providers::openai_chat::append_json_string;

constexpr unsigned usual_targets = 2;
constexpr unsigned most_targets = 8;

// `targets=N` of the request's query string. Nullopt: no number that is taken.
std::optional<unsigned> targets_wanted(std::string_view query) {
  const auto text = query_parameter(query, "targets");
  if (text.empty()) return usual_targets;
  unsigned out = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc{} || end != text.data() + text.size() || out == 0 || out > most_targets)
    return std::nullopt;
  return out;
}

routes::drop_reason reason_of(const query_state& q, routes::target_index target) {
  for (std::size_t i = 0; i < q.why.candidates; ++i) {
    if (q.why.verdicts[i].target == target) return q.why.verdicts[i].reason;
  }
  return routes::drop_reason::kept;
}

// The plan's first ones; what cannot be asked at this moment stands in the list with its reason and does
// not count.
std::vector<std::shared_ptr<warm_target>> choose(query_state& q, unsigned wanted) {
  std::vector<std::shared_ptr<warm_target>> out;
  for (std::size_t i = 0; i < q.plan.size && wanted > 0; ++i) {
    auto one = std::make_shared<warm_target>(q.plan.order[i]);
    if (const auto reason = reason_of(q, one->target); reason != routes::drop_reason::kept) {
      one->why = routes::to_string(reason);
    } else {
      --wanted;
    }
    out.push_back(std::move(one));
  }
  return out;
}

// The query's coroutine waits for all of them, so `q` outlives each.
struct warming {
  explicit warming(const providers::executor& on) : bell(on) {}
  std::size_t left = 0;
  providers::timer bell;
};

providers::task<void> warm_all(query_state& q, const std::vector<std::shared_ptr<warm_target>>& all) {
  const auto state = std::make_shared<warming>(q.on.io.get_executor());
  q.cancel = [&all] {
    for (const auto& one : all) {
      if (one->cancel) one->cancel();
    }
  };
  for (const auto& one : all) {
    if (!one->why.empty()) continue;
    ++state->left;
    providers::spawn(q.on.io, warm_up(q, one), [state, one](const std::exception_ptr& e) {
      if (e) one->why = "internal error";
      --state->left;
      state->bell.cancel();
    });
  }
  while (state->left > 0) {
    state->bell.expires_at(steady::time_point::max());
    co_await state->bell.async_wait(providers::use_result);
  }
  q.cancel = nullptr;
}

std::string in_json(const query_state& q, const std::vector<std::shared_ptr<warm_target>>& all) {
  std::string out = R"({"object":"nearfar.prewarm","policy":)";
  append_json_string(out, q.deployed->policy->revision());
  out += R"(,"targets":[)";
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out += ',';
    append_json(*all[i], q, out);
  }
  return out + "]}";
}

providers::task<void> refuse(query_state& q, own_error what) {
  q.end = query_end::refused;
  co_await send_error(q, what);
}

std::optional<routes::millis> take_one(core& on) {
  const std::lock_guard hold(on.shared.prewarm_lock);
  return on.shared.prewarms.take(providers::boot_now());
}

// Evaluates as the query would be. False: it was answered with an error.
providers::task<bool> make_plan(query_state& q) {
  (void)evaluate_query(q);
  if (q.plan.size == 0) {
    const auto why = routes::explain_empty(*q.deployed->policy, q.asked(), q.plan, q.why);
    co_await refuse(q, {why.status, why.code, why.message, {}, more_retries::allowed});
    co_return false;
  }
  if (const auto wait = take_one(q.on)) {
    const auto message = fmt::format("at most {} prewarms a minute", prewarms_a_minute);
    co_await refuse(q, {429, "too_many_prewarms", message, wait, more_retries::pointless});
    co_return false;
  }
  q.how = &q.deployed->policy->attempts(q.plan.attempts);
  co_return true;
}

}  // namespace

providers::task<after_answer> serve_prewarm(core& on, client_connection& client, const request_head& head,
                                            std::string_view body, query_scratch& scratch) {
  query_state q(on, client, head, scratch);
  if (auto refused = identify_caller(q)) co_return co_await send_simple(client, &head, *std::move(refused));
  q.started = steady::now();
  q.started_boot = providers::boot_now();
  write_to(q.id, next_query_id(on.index, on.secrets));
  on.metrics.prewarms.add();
  if (!co_await read_query(q, body)) co_return q.after;
  const auto wanted = targets_wanted(head.query);
  if (!wanted) {
    const auto message = fmt::format("`targets` takes a number from 1 to {}", most_targets);
    co_await refuse(q, {400, "invalid_parameter", message, {}, more_retries::allowed});
    co_return q.after;
  }
  if (!co_await make_plan(q)) co_return q.after;
  const auto all = choose(q, *wanted);
  client.watch([&q] { q.stop(stop_cause::client_left); });
  co_await warm_all(q, all);
  client.unwatch();
  if (q.is_stopped()) co_return after_answer::close;
  co_await send_whole(q, routes::none_index, 200, "content-type: application/json\r\n", in_json(q, all));
  co_return q.after;
}

}  // namespace nearfar::gateway
