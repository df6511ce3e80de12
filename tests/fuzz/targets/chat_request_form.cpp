// A request through its conversation and back: what is written is a request again, says the same again, and
// is the same every time.
#include "providers/dialects/openai_chat/codec.hpp"
#include "tests/fuzz/targets.hpp"

namespace nearfar::fuzz {

using namespace providers;

void chat_request_form(std::string_view bytes) {
  if (bytes.size() > 256 * 1024) return;
  const codec& chat = openai_chat::the_codec();
  const auto parsed = chat.parse_request(bytes);
  if (parsed.has_error()) {
    require(parsed.error().kind == routes::error_kind::bad_request, "a refusal is a bad request");
    require(!parsed.error().context.empty(), "and says why");
    return;
  }
  config::quirks narrow;
  narrow.system_first = narrow.text_only = narrow.empty_for_null = narrow.alternate = true;
  narrow.nine_letter_ids = narrow.tool_names = narrow.object_root = true;
  narrow.tool_choice = {"auto"};
  narrow.replay = config::reasoning_replay::on_calls;
  narrow.effort = config::effort_style::thinking_object;
  narrow.structured = config::structured_output::json_object;
  const auto once = chat.write_request(*parsed, {.model = "m", .issuer = "openai-chat"});
  require(once.has_value(), "what came from a client can be said again");
  const auto again = chat.parse_request(once->body);
  require(again.has_value(), "and read again");
  const auto twice = chat.write_request(*again, {.model = "m", .issuer = "openai-chat"});
  require(twice.has_value() && twice->body == once->body, "and stays as it is");
  require(chat.write_request(*parsed, {.model = "m", .quirks = &narrow}).has_value(),
          "quirks fit any request");
  auto foreign = *parsed;
  foreign.from = config::dialect::gemini;
  const auto translated = chat.write_request(foreign, {.model = "m", .stream = true});
  require(translated.has_error() || chat.parse_request(translated->body).has_value(),
          "a translation is a request");
}

}  // namespace nearfar::fuzz
