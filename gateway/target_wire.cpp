#include "gateway/target_wire.hpp"

namespace nearfar::gateway {

namespace {

constexpr std::string_view model_place = "{model}";
constexpr std::string_view gemini_answer = ":generateContent";

}  // namespace

std::optional<target_wire> wire_of(const deployed_target& target, const query_path& asked) {
  if (target.preset == nullptr) return std::nullopt;
  if (const auto* own = config::path_for(*target.preset, asked.in)) return target_wire{asked.in, own, false};
  const auto* other = config::is_chat(asked.in) ? config::translated_into(*target.preset) : nullptr;
  if (other == nullptr) return std::nullopt;
  return target_wire{other->speaks, other, true};
}

std::string path_of(const target_wire& wire, const deployed_target& target, const query_path& asked,
                    bool stream) {
  std::string out = stream && !wire.at->stream_path.empty() ? wire.at->stream_path : wire.at->path;
  if (asked.verb == query_verb::count_tokens) {
    if (const auto place = out.find(gemini_answer); place != std::string::npos) {
      out.replace(place, gemini_answer.size(), ":countTokens");
    } else {
      out += "/count_tokens";
    }
  }
  if (const auto place = out.find(model_place); place != std::string::npos)
    out.replace(place, model_place.size(), percent_encoded(target.upstream_model));
  return out;
}

std::string_view signer_of(const deployed_target& target) {
  if (target.preset != nullptr && !target.preset->vendor.empty()) return target.preset->vendor;
  return target.from->name;
}

}  // namespace nearfar::gateway
