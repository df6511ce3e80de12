#include "providers/dialects/ollama_chat/codec.hpp"

#include "providers/dialects/answer_collector.hpp"
#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/ollama_chat/request_writer.hpp"
#include "providers/dialects/ollama_chat/stream_reader.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

namespace nearfar::providers::ollama_chat {

routes::result<chat::chat_request> codec::parse_request(std::string_view) const {
  auto made = routes::make_error(routes::error_kind::internal, "no client speaks ollama-chat here");
  made.side = routes::error_side::internal;
  return made;
}

std::string codec::error_body(const client_error& why) const {
  std::string out = "{\"error\":";
  openai_chat::append_json_string(out, why.message);
  out.push_back('}');
  return out;
}

routes::result<written_request> codec::write_request(const chat::chat_request& asked,
                                                     const write_options& how) const {
  return write_as_functions(asked, how, ollama_chat::write_request);
}

std::unique_ptr<providers::stream_reader> codec::make_stream_reader(const config::quirks* /*of*/) const {
  return std::make_unique<ollama_chat::stream_reader>();
}

routes::result<chat::chat_answer> codec::read_answer(std::string_view body,
                                                     const config::quirks* /*of*/) const {
  ollama_chat::stream_reader reader;
  sse_event line;
  line.data = body;
  std::vector<chat::answer_event> events;
  answer_collector whole;
  if (!reader.read(line, events)) {
    return routes::make_error(routes::error_kind::bad_answer, "the answer is not valid JSON of this dialect");
  }
  for (const auto& each : events) whole.take(each);
  if (whole.failure()) return *whole.failure();
  if (!whole.ended()) return routes::make_error(routes::error_kind::bad_answer, "the answer is not done");
  if (!whole.any()) {
    return routes::make_error(routes::error_kind::empty, "the answer holds no text, tool call or reasoning");
  }
  return std::move(whole).answer();
}

const codec* the_codec() {
  static const codec one;
  return &one;
}

}  // namespace nearfar::providers::ollama_chat
