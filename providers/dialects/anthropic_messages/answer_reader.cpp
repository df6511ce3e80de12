#include "providers/dialects/anthropic_messages/answer_reader.hpp"

#include "providers/dialects/anthropic_messages/block_parser.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/anthropic_messages/stop_reason.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::providers::anthropic_messages {
namespace {

routes::error bad_answer(std::string_view why) {
  return routes::make_error(routes::error_kind::bad_answer, std::string{why});
}

std::uint64_t count_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  boost::system::error_code failed;
  const auto number = found && found->is_number() ? found->to_number<std::uint64_t>(failed) : 0;
  return failed ? 0 : number;
}

std::optional<usage> usage_in(const json::object& top) {
  const json::object* from = object_in(top, "usage");
  if (!from) return std::nullopt;
  usage out;
  out.cached = count_in(*from, "cache_read_input_tokens");
  out.cache_write = count_in(*from, "cache_creation_input_tokens");
  out.input = count_in(*from, "input_tokens") + out.cached + out.cache_write;
  out.output = count_in(*from, "output_tokens");
  if (const json::object* written = object_in(*from, "cache_creation"))
    out.cache_write_long = std::min(count_in(*written, "ephemeral_1h_input_tokens"), out.cache_write);
  if (const json::object* details = object_in(*from, "output_tokens_details"))
    out.reasoning = count_in(*details, "thinking_tokens");
  return out;
}

void assign(const json::object& from, std::string_view key, std::string& to) {
  if (const json::string* text = string_in(from, key)) to.assign(view(*text));
}

// Citations of the web in OpenAI's shape, with their places in the text of all blocks.
json::value annotations_of(std::vector<chat::part>& parts) {
  json::array out;
  std::uint64_t at = 0;
  for (chat::part& each : parts) {
    if (each.kind != chat::part_kind::text) continue;
    const auto length =
        static_cast<std::uint64_t>(std::count_if(each.text.begin(), each.text.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        }));
    if (const json::array* list = array_in(each.extra, "citations")) {
      for (const json::value& one : *list) {
        const json::object* citation = one.if_object();
        const json::string* url = citation ? string_in(*citation, "url") : nullptr;
        if (!url) continue;
        const json::string* title = string_in(*citation, "title");
        out.push_back({{"type", "url_citation"},
                       {"url_citation",
                        {{"url", *url},
                         {"title", title ? *title : json::string{}},
                         {"start_index", at},
                         {"end_index", at + length}}}});
      }
    }
    at += length;
  }
  return out.empty() ? json::value{} : json::value{std::move(out)};
}

bool holds_anything(const chat::answer_choice& choice) {
  return std::any_of(choice.parts.begin(), choice.parts.end(), [](const chat::part& each) {
    return each.kind != chat::part_kind::text || !each.text.empty();
  });
}

}  // namespace

routes::result<chat::chat_answer> read_answer(std::string_view body) {
  const auto v = parse_json(body);
  const json::object* top = v ? v->if_object() : nullptr;
  if (!v) return bad_answer("the answer is not JSON");
  const json::string* type = top ? string_in(*top, "type") : nullptr;
  const json::value* content = top ? top->if_contains("content") : nullptr;
  if (!top || (type && *type == "error") || object_in(*top, "error") || !content) {
    if (auto found = openai_chat::find_error_object(body)) return *std::move(found);
    return bad_answer(top ? "the answer has no content" : "the answer is not a JSON object");
  }
  chat::chat_answer out;
  chat::answer_choice& choice = out.choices.emplace_back();
  bool plain = false;
  if (!content->is_null() && !parse_content(*content, choice.parts, plain).empty())
    return bad_answer("the answer has a block that is none");
  assign(*top, "id", out.id);
  assign(*top, "model", out.model);
  assign(*top, "stop_reason", choice.native);
  assign(*top, "stop_sequence", choice.stop_sequence);
  choice.why = finish_of(choice.native);
  choice.annotations = annotations_of(choice.parts);
  out.tokens = usage_in(*top);
  if (const json::object* counts = object_in(*top, "usage"))
    assign(*counts, "service_tier", out.service_tier);
  const bool hidden = out.tokens && out.tokens->reasoning > 0;
  const bool ended = choice.native.empty() || choice.native == "end_turn" ||
                     choice.native == "stop_sequence" || choice.native == "tool_use";
  if (ended && !hidden && !holds_anything(choice)) {
    return routes::make_error(routes::error_kind::empty, "the answer holds no text, tool call or reasoning");
  }
  return out;
}

}  // namespace nearfar::providers::anthropic_messages
