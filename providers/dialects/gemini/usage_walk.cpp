#include "providers/dialects/gemini/usage_walk.hpp"

namespace nearfar::providers::gemini {

namespace od = json_walk::od;

namespace {

// [{"modality": "IMAGE", "tokenCount": 258}, …]: the prompt's tokens by what they were.
bool read_modalities(od::value v, usage& into) {
  od::array list;
  if (v.get_array().get(list)) return true;
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_element(list, error, [&](od::value& one) {
    od::object entry;
    if (one.get_object().get(entry)) return true;
    std::string_view kind;
    std::uint64_t tokens = 0;
    const bool complete = json_walk::each_field(entry, error, [&](od::field& f) {
      const od::raw_json_string key = f.key();
      od::value each = f.value();
      const std::string_view text = json_walk::token(each);
      if (key == "modality") kind = json_walk::trim_end(text);
      if (key == "tokenCount") json_walk::read_count(text, tokens);
      return true;
    });
    if (kind == R"("IMAGE")") into.image += tokens;
    if (kind == R"("AUDIO")") into.audio += tokens;
    return complete;
  });
}

}  // namespace

bool read_usage(od::value v, std::optional<usage>& out) {
  od::object object;
  if (v.get_object().get(object)) return json_walk::is_scalar(json_walk::token(v));
  simdjson::error_code error = simdjson::SUCCESS;
  usage sum;
  std::uint64_t tools = 0;
  bool any = false;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const std::string_view text = json_walk::token(each);
    if (key == "promptTokenCount") {
      any = json_walk::read_count(text, sum.input) || any;
    } else if (key == "candidatesTokenCount") {
      any = json_walk::read_count(text, sum.output) || any;
    } else if (key == "thoughtsTokenCount") {
      json_walk::read_count(text, sum.reasoning);
    } else if (key == "toolUsePromptTokenCount") {
      json_walk::read_count(text, tools);
    } else if (key == "cachedContentTokenCount") {
      json_walk::read_count(text, sum.cached);
    } else if (key == "promptTokensDetails") {
      return read_modalities(each, sum);
    }
    return true;
  });
  if (!complete) return false;
  if (!any) return true;
  sum.input += tools;
  sum.output += sum.reasoning;
  out = sum;
  return true;
}

}  // namespace nearfar::providers::gemini
