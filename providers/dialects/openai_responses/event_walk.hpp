// One event of a Responses stream, taken apart. For stream_reader.cpp: it includes simdjson.
#pragma once

#include "providers/dialects/json_workspace.hpp"
#include "providers/dialects/usage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

// The members that some event has. Texts are unescaped, their memory is used again by the next event;
// `raw_` ones are JSON as it stood.
struct walked_event {
  std::string type;
  std::string item_id;
  std::string piece;  // delta; of a `done`: text, refusal, arguments or input
  std::optional<std::uint64_t> output_index;
  std::uint64_t summary_index = 0;
  std::string raw_annotation;
  std::string raw_logprobs;

  bool has_item = false;
  std::string item_type;
  std::string own_id;  // of the item
  std::string call_id;
  std::string name;
  std::string arguments;  // or input
  std::string encrypted;
  std::string image;    // base64
  std::string said;     // texts of its content
  std::string refused;  // refusals of its content
  std::string summary;  // its summaries, else its raw thoughts

  bool has_response = false;
  std::string id;
  std::string model;
  std::uint64_t created = 0;
  std::string reason;  // of incomplete_details
  std::optional<usage> tokens;
  std::string raw_error;  // of the response, or of the event

  void clear();
};

// False: malformed. `data` has the padding that simdjson asks for.
bool walk_event(json_workspace& work, std::string_view data, walked_event& out);

}  // namespace nearfar::providers::openai_responses
