// A conversation in no dialect: what a request is turned into on its way from one wire API to another.
//
// Whatever the form has no place for stays in `extra`, as the dialect that it came from wrote it: the same
// dialect writes it back, another one leaves it out and says so. `spelling` holds how the dialect that it
// came from had written what does have a place (a null, a deprecated name, one stop that was no list), so
// that the same dialect writes the same again; nothing is lost with it, and no other dialect looks at it.
// Whoever changes a member takes what `spelling` says of it away. Strings are unescaped UTF-8. A value,
// without behaviour; thread-safe as such.
#pragma once

#include "config/dialect.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::providers::chat {

namespace json = boost::json;

enum class part_kind : std::uint8_t {
  text,
  refusal,
  thinking,  // reasoning, with its signature where the vendor signs
  image,
  audio,
  file,
  tool_call,
  tool_result,
  opaque,  // a part of the dialect's own (a hosted tool's call, a search result): all of it in `extra`
};

// Where the bytes of an image, a sound or a file are: exactly one of data, url, file_id.
struct media_source {
  std::string mime;     // "image/png"; empty: not said
  std::string data;     // base64
  std::string url;      // http(s), never a data URL: the codecs take those apart
  std::string file_id;  // of the vendor's file store; means nothing elsewhere
  std::string name;     // of a file
  std::string detail;   // of an image: OpenAI's low, high, auto, original
};

enum class call_form : std::uint8_t { function, custom };

struct part {
  part_kind kind = part_kind::text;
  // text, refusal and thinking: their text. tool_call: its arguments, a JSON text as it came (function), or
  // free text (custom).
  std::string text;
  media_source media;
  std::string id;       // tool_call: its id. tool_result: the id of the call
  std::string item_id;  // of the item or block itself, where the dialect has a second id (Responses)
  std::string name;     // tool_call: the tool. tool_result: the tool where the dialect says it
  call_form form = call_form::function;
  bool plain = false;         // tool_result: its content was a string and not a list
  bool failed = false;        // tool_result
  std::vector<part> content;  // tool_result
  // thinking, tool_call and text: what the vendor signed, and whose signature it is (signature.hpp).
  std::string signature;
  std::string issuer;
  bool redacted = false;  // thinking: the signature is all there is
  json::object extra;
  json::object spelling;
};

enum class role : std::uint8_t { system, developer, user, assistant, tool };

struct message {
  role who = role::user;
  std::vector<part> parts;
  std::string name;
  std::string item_id;  // Responses
  bool plain = false;   // the content was a string and not a list: written back as one
  bool on_top = false;  // a system text beside the messages (Anthropic `system`, Responses `instructions`)
  json::object extra;
  json::object spelling;
};

enum class tool_form : std::uint8_t { function, custom, hosted };

struct tool {
  tool_form form = tool_form::function;
  std::string name;
  std::string description;
  json::value parameters;  // JSON Schema; null: none given
  std::optional<bool> strict;
  json::object extra;  // hosted: the whole tool
  json::object spelling;
};

enum class choice_mode : std::uint8_t { automatic, none, required, allowed };

struct tool_choice {
  choice_mode mode = choice_mode::automatic;
  std::vector<std::string> names;  // required: one of these; empty: any. allowed: none but these
  bool must_call = false;          // allowed
  json::object extra;              // a form of the dialect's own
};

enum class format_kind : std::uint8_t { text, json_object, json_schema };

struct response_format {
  format_kind kind = format_kind::text;
  std::string name;
  std::string description;
  json::value schema;
  std::optional<bool> strict;
  json::object extra;
};

// How hard to think. What was said: an effort, a budget, both or neither.
struct reasoning {
  std::optional<bool> enabled;
  std::string effort;                  // none, minimal, low, medium, high, xhigh, max; open
  std::optional<std::int64_t> budget;  // tokens; -1: as the model likes
  std::optional<bool> shown;           // whether the thoughts are to come with the answer
  json::object extra;
};

struct chat_request {
  config::dialect from = config::dialect::openai_chat;
  std::string model;  // as the client asked
  std::vector<message> messages;
  std::vector<tool> tools;
  std::optional<tool_choice> choose;
  std::optional<bool> parallel_calls;
  std::optional<std::uint64_t> max_output;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int64_t> top_k;
  std::optional<std::uint64_t> choices;
  std::vector<std::string> stop;
  std::optional<std::int64_t> seed;
  std::optional<double> frequency_penalty;
  std::optional<double> presence_penalty;
  std::optional<bool> logprobs;
  std::optional<std::uint64_t> top_logprobs;
  std::optional<response_format> format;
  std::optional<reasoning> think;
  std::optional<bool> stream;
  std::optional<bool> include_usage;
  std::string user;       // an opaque id of the client's user
  std::string cache_key;  // OpenAI's prompt_cache_key
  json::object extra;     // top-level members without a place
  json::object spelling;
};

}  // namespace nearfar::providers::chat
