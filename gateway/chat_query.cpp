#include "gateway/chat_query.hpp"

#include "gateway/answer_writer.hpp"
#include "gateway/barge_in.hpp"
#include "gateway/client_hints.hpp"
#include "gateway/contest.hpp"
#include "gateway/decisions.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/identify.hpp"
#include "gateway/key_scope.hpp"
#include "gateway/query_kinds.hpp"
#include "gateway/request_reading.hpp"
#include "gateway/settle.hpp"
#include "providers/dialects/text_measure.hpp"
#include "providers/os/clock.hpp"

#include <utility>

namespace nearfar::gateway {

namespace {

using routes::millis;

providers::task<void> refuse(query_state& q, own_error what) {
  q.end = query_end::refused;
  co_await send_error(q, what);
}

void set_deadline(query_state& q) {
  std::optional<millis> whole = q.how->whole;
  if (q.asked().deadline_ms) {
    const millis asked_for(*q.asked().deadline_ms);
    whole = whole ? std::min(*whole, asked_for) : asked_for;
  }
  if (whole) q.deadline = q.started + *whole;
}

void arm_early_head(query_state& q) {
  if (!q.asked().stream) return;
  q.head_clock.emplace(q.on.deadlines, [&q] { send_head_early(q); });
  q.head_clock->set(q.started + q.how->head_after);
}

// Where the conversation lives, and where it was meanwhile, as far as those are candidates still.
struct sticky_targets {
  routes::sticky_hit home;
  routes::sticky_hit guest;
};

sticky_targets find_sticky(const query_state& q) {
  if (!q.deployed->config->stick || !routes::is_worth_sticking(q.asked())) return {};
  const auto hit = q.on.shared.sticky.find(q.asked().conversation, q.started_boot);
  if (!hit) return {};
  sticky_targets out;
  routes::candidate_list room;
  for (const auto index : routes::candidates_of(*q.deployed->policy, q.asked(), room)) {
    const auto slot = q.target(index).slot;
    if (slot == hit->home.slot) out.home = {index, hit->home.since};
    if (hit->guest && slot == hit->guest->slot) out.guest = {index, hit->guest->since};
  }
  // The policy took the home away: what is left of the conversation's cache is the guest's.
  if (out.home.target == routes::none_index) std::swap(out.home, out.guest);
  return out;
}

// What bears on it is found once; how the accounts stand is looked at again before every attempt.
void begin_limits(query_state& q) {
  // To count costs nothing, and a client that counts before it asks is asking once.
  if (q.path.verb == query_verb::count_tokens) return;
  auto& facts = q.on.fresh_facts(q.started_boot, *q.deployed);
  facts.values.headers = q.scratch.headers;
  auto& limits = q.scratch.limits;
  limits.begin(q.on.shared.budgets,
               {.rules = *q.deployed->policy,
                .asked = q.asked(),
                .now_true = facts.values,
                .zones = q.on.limit_zones,
                .key = q.key,
                .most = q.asked().most_usd ? std::optional(from_usd(*q.asked().most_usd)) : std::nullopt,
                .wants_spend = q.deployed->reads_spend,
                .now = facts.values.now.unix_seconds});
  if (!limits.empty()) q.limits = &limits;
}

}  // namespace

routes::evaluation_input evaluate_query(query_state& q) {
  const auto found = find_sticky(q);
  q.sticky = found.home;
  q.also_answered = found.guest.target;
  auto input = input_now(q, 0, q.started_boot);
  routes::evaluate(input, q.plan, q.why);
  if (q.why.stick != routes::stickiness::left || found.guest.target == routes::none_index) return input;
  // Away from home the guest's cache is the longest there is.
  input.sticky = q.sticky = found.guest;
  q.also_answered = found.home.target;
  routes::evaluate(input, q.plan, q.why);
  if (q.why.stick == routes::stickiness::stays) return input;
  input.sticky = q.sticky = found.home;
  q.also_answered = found.guest.target;
  routes::evaluate(input, q.plan, q.why);
  return input;
}

providers::task<bool> read_query(query_state& q, std::string_view body) {
  auto& view = q.scratch.view;
  const auto read = read_request(q.on, q.path, q.head, body, view);
  if (!read) {
    co_await refuse(q, {400, "invalid_request_body", read.error().context, {}, more_retries::allowed});
    co_return false;
  }
  auto& asked = view.facts;
  asked.in = q.path.in;
  asked.body_bytes = body.size();
  if (const auto wrong = apply_client_hints(q.head, *q.deployed->config, asked)) {
    co_await refuse(q, {400, "invalid_header", wrong->message, {}, more_retries::allowed});
    co_return false;
  }
  if (const auto wrong = begin_openrouter(q)) {
    co_await refuse(q, *wrong);
    co_return false;
  }
  auto& headers = q.scratch.headers;
  headers.clear();
  for (const auto& field : q.head.fields) {
    if (!is_credential_field(field.name)) headers.push_back({field.name, field.value});
  }
  if (const auto session = session_header(q.head); !view.has_session && !session.empty()) {
    asked.conversation = providers::conversation_of_session(session);
  }
  if (const auto wrong = apply_key(q)) {
    co_await refuse(q, *wrong);
    co_return false;
  }
  co_return true;
}

providers::task<after_answer> serve_query(core& on, client_connection& client, const request_head& head,
                                          const query_path& path, std::string_view body,
                                          query_scratch& scratch) {
  query_state q(on, client, head, scratch, path);
  if (auto refused = identify_caller(q)) co_return co_await send_simple(client, &head, *std::move(refused));
  if (path.as_array) q.array.emplace();
  q.started = steady::now();
  q.started_boot = providers::boot_now();
  const auto id = next_query_id(on.index, on.secrets);
  write_to(q.id, id);
  on.metrics.queries.add();
  on.retries.query(q.started_boot);
  scratch.decision.clear();
  enter_openrouter(q);
  if (!co_await read_query(q, body)) {
    settle_query(q);
    co_return q.after;
  }
  if (const auto older = q.head.find("x-nearfar-supersedes"); !older.empty())
    co_await supersede(on, older, q.asked().key);
  begin_limits(q);
  const auto input = evaluate_query(q);
  begin_decision(q, input);
  if (q.plan.size == 0) {
    const auto why = routes::explain_empty(*q.deployed->policy, q.asked(), q.plan, q.why);
    own_error what{why.status, why.code, why.message, {}, more_retries::allowed, why.by};
    if (why.by == routes::drop_reason::limit) tell_shortage(q, what);
    co_await refuse(q, what);
    settle_query(q);
    co_return q.after;
  }
  q.how = &q.deployed->policy->attempts(q.plan.attempts);
  set_deadline(q);
  q.place.emplace(on.running, id.secret, q);
  client.watch([&q] { q.stop(stop_cause::client_left); });
  arm_early_head(q);
  if (path.verb == query_verb::count_tokens && !counts_itself(q)) {
    co_await answer_estimate(q);
  } else {
    co_await work_through(q, input);
  }
  q.head_clock.reset();
  q.place.reset();
  co_await tell_if_stopped(q);
  client.unwatch();
  if (q.stopped == stop_cause::client_left) q.after = after_answer::close;
  settle_query(q);
  co_return q.after;
}

}  // namespace nearfar::gateway
