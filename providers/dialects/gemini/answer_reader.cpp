#include "providers/dialects/gemini/answer_reader.hpp"

#include "providers/dialects/answer_collector.hpp"
#include "providers/dialects/gemini/chunk_walk.hpp"

namespace nearfar::providers::gemini {

routes::result<chat::chat_answer> read_answer(std::string_view body) {
  const auto bad = [](std::string_view why) {
    return routes::make_error(routes::error_kind::bad_answer, std::string(why));
  };
  chunk_walk walk;
  answer_collector whole;
  std::vector<chat::answer_event> events;
  while (!body.empty() && json_walk::is_blank(body.front())) body.remove_prefix(1);
  if (!walk.read(body, events)) return bad("the answer is not valid JSON of this dialect");
  walk.finish(events);
  for (const auto& each : events) whole.take(each);
  if (whole.failure()) return *whole.failure();
  if (!whole.ended() && !whole.any()) return bad("the answer has no candidates");
  if (!whole.any()) {
    return routes::make_error(routes::error_kind::empty, "the answer holds no text, tool call or reasoning");
  }
  auto out = std::move(whole).answer();
  // A reason may be missing where the answer is whole.
  for (auto& each : out.choices) {
    if (each.why == chat::finish::none) each.why = chat::finish::stop;
  }
  return out;
}

}  // namespace nearfar::providers::gemini
