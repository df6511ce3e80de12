#include "providers/dialects/gemini/stream_reader.hpp"

#include "providers/dialects/gemini/chunk_walk.hpp"

namespace nearfar::providers::gemini {

stream_reader::stream_reader() : walk_(std::make_unique<chunk_walk>()) {}
stream_reader::~stream_reader() = default;

bool stream_reader::read(const sse_event& event, std::vector<chat::answer_event>& out) {
  if (event.comment_only || over_) return true;
  std::string_view data = json_walk::trim_end(event.data);
  while (!data.empty() && json_walk::is_blank(data.front())) data.remove_prefix(1);
  // Google sends no [DONE]; servers that speak its dialect beside OpenAI's do.
  if (data.empty() || data == "[DONE]") return true;
  const std::size_t before = out.size();
  if (!walk_->read(data, out)) return false;
  for (std::size_t i = before; i < out.size(); ++i) over_ = over_ || out[i].kind == chat::event_kind::error;
  return true;
}

void stream_reader::close(std::vector<chat::answer_event>& out) {
  if (over_) return;
  over_ = true;
  walk_->finish(out);
}

}  // namespace nearfar::providers::gemini
