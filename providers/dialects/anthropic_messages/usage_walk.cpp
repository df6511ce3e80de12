#include "providers/dialects/anthropic_messages/usage_walk.hpp"

#include <algorithm>

namespace nearfar::providers::anthropic_messages {

namespace od = json_walk::od;

bool wire_usage::merge(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;  // null
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view text = json_walk::token(each);
    const auto count = [&](std::uint64_t& to) {
      any = json_walk::read_count(text, to) || any;
      return true;
    };
    if (key == "input_tokens") return count(input);
    if (key == "output_tokens") return count(output);
    if (key == "cache_read_input_tokens") return count(cache_read);
    if (key == "cache_creation_input_tokens") return count(cache_write);
    const bool written = key == "cache_creation";
    if (!written && key != "output_tokens_details")
      return json_walk::check(each, 2) == json_walk::walked::fine;
    od::object details;
    if (each.get_object().get(details)) return true;
    return json_walk::each_field(details, error, [&](od::field& one) {
      const od::raw_json_string name = one.key();
      od::value number = one.value();
      const std::string_view figure = json_walk::token(number);
      if (written && name == "ephemeral_1h_input_tokens") json_walk::read_count(figure, cache_write_long);
      if (!written && name == "thinking_tokens") json_walk::read_count(figure, thinking);
      return true;
    });
  });
}

usage wire_usage::sum() const {
  usage out;
  out.input = input + cache_read + cache_write;
  out.output = output;
  out.cached = cache_read;
  out.cache_write = cache_write;
  out.cache_write_long = std::min(cache_write_long, cache_write);
  out.reasoning = thinking;
  return out;
}

}  // namespace nearfar::providers::anthropic_messages
