// The paths of the Gemini API: /v1beta/models/{model}:{verb}. The model stands there and not in the body.
// Sans-I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::gemini {

enum class verb : std::uint8_t {
  none,  // the model itself, or the list of models
  generate_content,
  stream_generate_content,
  count_tokens,
  embed_content,
  batch_embed_contents,
};

// "generateContent"; empty for `none`.
std::string_view to_string(verb what);

struct model_path {
  std::string model;  // unescaped; may hold slashes and colons of its own; empty: the list of models
  verb what = verb::none;
};

// Of a request target without its query. Nullopt: no path of this API (v1, v1alpha, v1beta), or a broken
// percent sign. A word behind the last colon that is no verb is part of the model's name ("x:free").
std::optional<model_path> read_path(std::string_view path);

// Whether `alt=sse` is in a query ("key=…&alt=sse"). Without it a stream is one JSON array.
bool asks_for_events(std::string_view query);

// "models/{model}:{verb}" with what a path cannot hold escaped; goes behind a provider's base URL.
std::string write_path(std::string_view model, verb what);

}  // namespace nearfar::providers::gemini
