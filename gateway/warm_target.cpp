#include "gateway/warm_target.hpp"

#include "gateway/attempt.hpp"
#include "gateway/prefill.hpp"
#include "gateway/provider_use.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "routes/condition_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nearfar::gateway {

namespace {

using providers::openai_chat::append_json_string;

std::string_view why_no_prefill(const query_state& q, const deployed_target& target) {
  if (target.tier == config::tier::remote)
    return "remote targets are only connected: a prefill would be billed";
  if (target.takes_callers_key()) return "it takes the caller's own key, with which nothing is read ahead";
  if (!can_prefill(target)) return "its preset declares no prefill";
  if (q.asked().input_tokens == 0 && !q.asked().images) return "there is no text to read";
  return {};
}

providers::task<void> connect_only(query_state& q, std::shared_ptr<warm_target> one,
                                   const providers::origin& where) {
  auto made = co_await q.on.upstreams.acquire(where, providers::reuse::allowed, q.how->connect, &one->cancel);
  if (!made) {
    one->why = made.error().context;
    co_return;
  }
  one->connected = true;
  q.on.upstreams.release(std::move(*made));
}

providers::task<void> fill(query_state& q, std::shared_ptr<warm_target> one, const providers::origin& where) {
  const auto& target = q.target(one->target);
  providers::exchange call(q.on.upstreams, q.on.deadlines);
  one->cancel = [&call] { call.cancel(); };
  const auto body = prefill_body(q, target, {}, config::continuation_kind::none);
  const prefill_clocks clocks{q.how->connect, steady::now() + q.how->answer(target.tier)};
  q.on.metrics.prefills.add();
  auto read = co_await prefill(call, target, where, body, clocks);
  one->cancel = nullptr;
  if (!read) {
    one->connected = read.error().status != 0;
    one->why = "prefill: " + read.error().context;
    co_return;
  }
  one->connected = true;
  one->loaded = true;
  one->prefilled = *read;
}

providers::task<void> go_through(query_state& q, std::shared_ptr<warm_target> one) {
  const auto& target = q.target(one->target);
  const provider_use place(q.on, q.deployed, one->target);
  if (!place) {
    one->why = place.why();
    co_return;
  }
  providers::device_tier::lease lease;
  if (target.supervised) {
    auto got = co_await q.on.shared.device.acquire(target.name, q.how->load, &one->cancel);
    if (!got) {
      one->why = got.error().context;
      co_return;
    }
    lease = std::move(*got);
    one->loaded = true;
    if (q.is_stopped()) co_return;
  }
  const auto& where = target.supervised ? lease.where() : target.where;
  const auto not_filled = why_no_prefill(q, target);
  if (not_filled.empty()) {
    co_await fill(q, one, where);
  } else {
    co_await connect_only(q, one, where);
    if (one->why.empty()) one->why = not_filled;
  }
}

void append_seconds(std::string& out, std::string_view name, std::chrono::milliseconds time) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name,
                 std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

providers::task<void> warm_up(query_state& q, std::shared_ptr<warm_target> one) {
  const auto began = steady::now();
  co_await go_through(q, one);
  one->took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - began);
}

void append_json(const warm_target& one, const query_state& q, std::string& out) {
  const auto& target = q.target(one.target);
  const auto to = std::back_inserter(out);
  out += "{\"target\":";
  append_json_string(out, target.name);
  fmt::format_to(to, ",\"tier\":\"{}\",\"connected\":{},\"loaded\":{},\"prefilled\":{}",
                 routes::to_string(target.tier), one.connected, one.loaded, one.prefilled.has_value());
  if (one.prefilled) {
    fmt::format_to(to, ",\"prompt_tokens\":{},\"cached_tokens\":{}", one.prefilled->input,
                   one.prefilled->cached);
  }
  fmt::format_to(to, ",\"ms\":{:.1f}", static_cast<double>(one.took.count()) / 1e3);
  if (one.connected) append_seconds(out, "connection_kept_s", providers::pool_limits{}.idle_time);
  if (one.loaded && target.supervised) append_seconds(out, "model_kept_s", target.from->runtime->keep);
  if (!one.why.empty()) {
    out += ",\"skipped\":";
    append_json_string(out, one.why);
  }
  out += '}';
}

}  // namespace nearfar::gateway
