// An answer in no dialect: whole, or as the events of a stream.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/usage.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::chat {

enum class finish : std::uint8_t { none, stop, length, tool_calls, content_filter, error, other };

struct answer_choice {
  std::vector<part> parts;
  finish why = finish::none;
  std::string native;         // the reason in the vendor's word
  std::string stop_sequence;  // the one that ended it, where the vendor says so
  json::value logprobs;       // OpenAI's shape; null: none
  json::value annotations;    // OpenAI's shape (citations); null: none
};

struct chat_answer {
  std::string id;
  std::string model;
  std::int64_t created = 0;  // Unix seconds; 0: not said
  std::vector<answer_choice> choices;
  std::optional<usage> tokens;
  std::string service_tier;
};

enum class event_kind : std::uint8_t {
  start,           // id, model, created; first of all, once
  text,            // a piece of the answer
  refusal,         // a piece of a refusal
  thinking,        // a piece of reasoning
  signature,       // of the thoughts, or of the call, that came before; whole (`issuer`, `redacted`)
  tool_call,       // a call begins: index, id, name, form
  tool_arguments,  // a piece of the arguments of call `index`
  media,           // an image or a sound, whole: `media`
  annotation,      // a citation in OpenAI's shape, a JSON text
  logprobs,        // of the text just said, OpenAI's shape, a JSON text
  finish,          // of this choice: why, native, stop_sequence. More may follow (usage)
  usage,           // all so far: the last one counts
  error,           // the dialect's error inside the stream: `failure`
  ping,            // the link lives
  end,             // nothing follows
};

// Views live until the reader's next call. Text is whole UTF-8.
struct answer_event {
  event_kind kind = event_kind::ping;
  std::uint32_t choice = 0;
  std::uint32_t index = 0;        // tool_call, tool_arguments: counts the calls of this choice from 0
  std::string_view text = {};     // text, refusal, thinking, signature, tool_arguments, annotation, logprobs
  std::string_view id = {};       // start: of the answer. tool_call: of the call
  std::string_view item_id = {};  // of the item, where the dialect has one (Responses)
  std::string_view name = {};     // start: the model. tool_call: the tool
  std::string_view issuer = {};   // signature; tool_call with signed_with
  std::int64_t created = 0;       // start
  call_form form = call_form::function;
  bool redacted = false;
  finish why = finish::none;
  std::string_view native = {};
  std::string_view stop_sequence = {};
  const usage* tokens = nullptr;
  const media_source* media = nullptr;
  const routes::error* failure = nullptr;
  // tool_call: what signs it, where that is known as it begins; its `signature` event follows all the same.
  std::string_view signed_with = {};
};

}  // namespace nearfar::providers::chat
