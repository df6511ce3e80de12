#include "gateway/decisions.hpp"

#include "gateway/decision_log.hpp"
#include "gateway/model_discovery.hpp"
#include "gateway/query_line.hpp"
#include "routes/decision_record.hpp"
#include "routes/situation.hpp"

#include <chrono>

namespace nearfar::gateway {

namespace {

std::int64_t unix_ms_now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void name_guards(const query_state& q, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < q.why.guard_count; ++i) {
    if (q.why.guards[i] == routes::truth::no || q.why.unlesses[i] == routes::truth::yes) continue;
    out.emplace_back(q.deployed->policy->guard_name(static_cast<std::uint16_t>(i)));
  }
}

}  // namespace

void begin_decision(query_state& q, const routes::evaluation_input& in) {
  auto& line = q.scratch.decision;
  line.clear();
  // A name that stands for nothing may be a model that came since its provider was asked.
  if (q.why.candidates == 0) q.on.shared.discovery->missed();
  if (!q.on.shared.decisions.on()) return;
  routes::append_decision(line, in, q.id, unix_ms_now(), q.deployed->headers_read);
}

void end_decision(query_state& q, std::chrono::microseconds took) {
  auto& line = q.scratch.decision;
  if (line.empty()) return;
  routes::recorded_outcome what;
  what.end = std::string(end_name(q.end));
  what.status = q.status;
  what.attempts = static_cast<unsigned>(q.attempts.size());
  if (q.answered_by != routes::none_index) what.target = q.target(q.answered_by).name;
  what.rule = std::string(q.deployed->policy->rule_name(q.plan.rule));
  for (const auto index : routes::answer_of(q.plan, q.why).order) what.order.push_back(q.target(index).name);
  name_guards(q, what.guards);
  if (q.first_token) what.first_token_ms = static_cast<double>(q.first_token->count()) / 1e3;
  what.ms = static_cast<double>(took.count()) / 1e3;
  if (q.tokens) {
    what.input_tokens = q.tokens->input;
    what.output_tokens = q.tokens->output;
    what.cached_tokens = q.tokens->cached;
  }
  routes::append_outcome(line, what);
  q.on.shared.decisions.write(line);
  line.clear();
}

}  // namespace nearfar::gateway
