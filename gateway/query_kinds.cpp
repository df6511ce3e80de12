#include "gateway/query_kinds.hpp"

#include "gateway/answer_writer.hpp"
#include "gateway/target_wire.hpp"

#include <fmt/format.h>

namespace nearfar::gateway {

providers::task<void> answer_estimate(query_state& q) {
  const auto count = q.asked().input_tokens;
  const auto body = q.path.in == config::dialect::gemini ? fmt::format(R"({{"totalTokens":{}}})", count)
                                                         : fmt::format(R"({{"input_tokens":{}}})", count);
  std::string fields;
  add_field(fields, "content-type", "application/json");
  q.tokens_estimated = true;
  q.end = query_end::complete;
  co_await send_whole(q, routes::none_index, 200, fields, body);
}

bool counts_itself(const query_state& q) {
  if (q.plan.size == 0) return false;
  const auto wire = wire_of(q.target(q.plan.order.front()), q.path);
  return wire && !wire->translates;
}

}  // namespace nearfar::gateway
