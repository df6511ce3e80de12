#include "providers/dialects/openai_chat/usage_walk.hpp"

#include <charconv>

namespace nearfar::providers::openai_chat {

namespace od = json_walk::od;

namespace {

struct counts {
  usage sum;
  std::uint64_t total = 0;
  double upstream_cost = 0;
  bool own_credential = false;
  bool any = false;
};

bool read_money(std::string_view text, double& to) {
  double cost = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), cost);
  if (read.ec != std::errc{} || !(cost >= 0)) return false;
  to = cost;
  return true;
}

// OpenRouter's cost_details.
bool costs(od::value v, counts& found) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    if (key == "upstream_inference_cost") read_money(json_walk::token(each), found.upstream_cost);
    return true;
  });
}

enum class part_of : std::uint8_t { prompt, completion };

bool details(od::value v, part_of what, counts& found) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;  // null, or nothing known
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view text = json_walk::token(each);
    if (key == "cached_tokens" || key == "cache_read_input_tokens") {
      json_walk::read_count(text, found.sum.cached);
    } else if (key == "cache_write_tokens" || key == "cache_creation_input_tokens") {
      json_walk::read_count(text, found.sum.cache_write);
    } else if (key == "reasoning_tokens") {
      json_walk::read_count(text, found.sum.reasoning);
    } else if (what == part_of::prompt && key == "image_tokens") {
      json_walk::read_count(text, found.sum.image);
    } else if (what == part_of::prompt && key == "audio_tokens") {
      json_walk::read_count(text, found.sum.audio);
    }
    return true;
  });
}

bool member(od::field& f, counts& found) {
  const od::raw_json_string key = f.key();
  od::value v = f.value();
  const std::string_view text = json_walk::token(v);
  if (key == "prompt_tokens" || key == "input_tokens") {
    found.any = json_walk::read_count(text, found.sum.input) || found.any;
  } else if (key == "completion_tokens" || key == "output_tokens") {
    found.any = json_walk::read_count(text, found.sum.output) || found.any;
  } else if (key == "total_tokens") {
    json_walk::read_count(text, found.total);
  } else if (key == "prompt_cache_hit_tokens" || key == "cached_tokens") {
    json_walk::read_count(text, found.sum.cached);
  } else if (key == "reasoning_tokens") {
    json_walk::read_count(text, found.sum.reasoning);
  } else if (key == "cost") {
    double cost = 0;
    if (read_money(text, cost)) found.sum.cost = cost;
  } else if (key == "is_byok") {
    found.own_credential = text == "true";
  } else if (key == "cost_details") {
    return costs(v, found);
  } else if (key == "prompt_tokens_details" || key == "input_tokens_details") {
    return details(v, part_of::prompt, found);
  } else if (key == "completion_tokens_details" || key == "output_tokens_details") {
    return details(v, part_of::completion, found);
  }
  return true;
}

}  // namespace

bool read_usage(od::value v, std::optional<usage>& out, bool beside) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return true;
  counts found;
  if (!json_walk::each_field(object, error, [&](od::field& f) { return member(f, found); })) return false;
  if (!found.any) return true;
  const std::uint64_t inside = found.sum.input + found.sum.output;
  const bool shows = found.total == inside + found.sum.reasoning;
  if (found.sum.reasoning > 0 && (shows || (beside && found.total != inside)))
    found.sum.output += found.sum.reasoning;
  // With a credential of one's own OpenRouter's cost is its fee alone; the vendor bills the rest.
  if (found.own_credential && found.sum.cost) *found.sum.cost += found.upstream_cost;
  out = found.sum;
  return true;
}

}  // namespace nearfar::providers::openai_chat
