#include "routes/client_wishes.hpp"

#include "config/preset.hpp"
#include "routes/query.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::routes {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Clients send names of providers in any case (OpenRouter's own slugs and display names both).
bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_target_of(std::string_view slug, const config::provider& p, std::string_view model) {
  const auto cut = p.name.size();
  return slug.size() == cut + 1 + model.size() && slug[cut] == '/' &&
         same_word(slug.substr(0, cut), p.name) && same_word(slug.substr(cut + 1), model);
}

bool is_target_of(std::string_view slug, const config::provider& p, const config::target_model& m) {
  return is_target_of(slug, p, m.id) || (!m.as.empty() && is_target_of(slug, p, m.as));
}

std::string_view tier_word(config::tier t) {
  switch (t) {
    case config::tier::device:
      return "device";
    case config::tier::self_hosted:
      return "self_hosted";
    case config::tier::remote:
      return "remote";
  }
  return "remote";
}

constexpr std::array all_tiers{config::tier::device, config::tier::self_hosted, config::tier::remote};

bool holds(std::span<const target_index> list, target_index t) {
  return std::ranges::find(list, t) != list.end();
}

// What llama.cpp's converters write into the name of a file: "qwen3-0.6b-q4_k_m.gguf".
std::string_view quantization_of_file(std::string_view path) {
  struct mark_of {
    std::string_view in_name;
    std::string_view word;
  };
  static constexpr std::array<mark_of, 8> marks{{{"mxfp4", "mxfp4"},
                                                 {"bf16", "bf16"},
                                                 {"q4_", "int4"},
                                                 {"iq4_", "int4"},
                                                 {"q8_0", "int8"},
                                                 {"f16", "fp16"},
                                                 {"fp16", "fp16"},
                                                 {"f32", "fp32"}}};
  const auto name = path.substr(path.find_last_of('/') + 1);
  for (const auto& one : marks) {
    const auto found = std::ranges::search(name, one.in_name, [](char x, char y) { return lower(x) == y; });
    if (!found.empty()) return one.word;
  }
  return quantization_words.back();
}

}  // namespace

quantization_set quantization_bits(std::string_view word) {
  const auto bit = [](std::string_view name) {
    const auto found = std::ranges::find(quantization_words, name);
    return found == quantization_words.end()
               ? quantization_set{0}
               : static_cast<quantization_set>(1U << (found - quantization_words.begin()));
  };
  auto bits = bit(word);
  if (word == "fp4") bits = static_cast<quantization_set>(bits | bit("mxfp4") | bit("nvfp4"));
  if (word == "fp8") bits = static_cast<quantization_set>(bits | bit("mxfp8"));
  return bits;
}

std::string_view quantization_of(const target& t, const config::configuration& from) {
  const auto& p = from.providers[t.provider];
  for (const auto word : quantization_words) {
    if (std::ranges::find(p.labels, word) != p.labels.end()) return word;
  }
  const auto& file = p.models[t.model].file;
  return file ? quantization_of_file(*file) : quantization_words.back();
}

parameter_set parameters_taken(const target& t, const config::configuration& from) {
  const auto* preset = config::preset_of(from.providers[t.provider]);
  auto spoken = config::dialect::openai_chat;
  if (preset && !t.serves_natively(spoken)) {
    if (const auto* asked = config::translated_into(*preset)) spoken = asked->speaks;
  }
  auto out = parameters_of(spoken);
  if (preset) {
    for (const auto& refused : preset->quirks.drop) out &= ~parameter_bit(refused);
  }
  if (!t.tools)
    out &= ~(parameter_bit("tools") | parameter_bit("tool_choice") | parameter_bit("parallel_tool_calls"));
  if (!t.json) out &= ~(parameter_bit("response_format") | parameter_bit("structured_outputs"));
  return out;
}

bool is_openrouter(const target& t, const config::configuration& from) {
  return from.providers[t.provider].preset == "openrouter";
}

bool means(std::string_view slug, const target& t, const config::configuration& from) {
  const auto& p = from.providers[t.provider];
  if (same_word(slug, p.name) || same_word(slug, tier_word(t.tier))) return true;
  if (is_target_of(slug, p, p.models[t.model])) return true;
  return is_openrouter(t, from) && !is_own_slug(slug, from);
}

bool is_own_slug(std::string_view slug, const config::configuration& from) {
  if (std::ranges::any_of(all_tiers, [&](auto t) { return same_word(slug, tier_word(t)); })) return true;
  return std::ranges::any_of(from.providers, [&](const config::provider& p) {
    return same_word(slug, p.name) || std::ranges::any_of(p.models, [&](const config::target_model& m) {
             return is_target_of(slug, p, m);
           });
  });
}

std::string known_slugs(const config::configuration& from) {
  constexpr std::size_t targets_named = 12;
  std::string out;
  const auto add = [&](std::string_view slug) {
    if (!out.empty()) out += ", ";
    out += slug;
  };
  for (const auto t : all_tiers) {
    if (std::ranges::any_of(from.providers, [&](const auto& p) { return p.where_it_is == t; }))
      add(tier_word(t));
  }
  for (const auto& p : from.providers) add(p.name);
  std::size_t named = 0;
  for (const auto& p : from.providers) {
    for (const auto& m : p.models) {
      if (++named <= targets_named) add(p.name + "/" + (m.as.empty() ? m.id : m.as));
    }
  }
  if (named > targets_named) out += ", ...";
  return out;
}

std::span<const target_index> candidates_of(const policy& rules, const query& asked, candidate_list& room) {
  const auto first = rules.resolve(asked.model);
  if (!asked.wishes || asked.wishes->models.empty()) return first;
  std::size_t count = std::min(first.size(), room.size());
  std::copy_n(first.begin(), count, room.begin());
  for (const auto& name : asked.wishes->models) {
    for (const auto t : rules.resolve(name)) {
      if (count == room.size()) return room;
      if (!holds(std::span(room).first(count), t)) room[count++] = t;
    }
  }
  return std::span(room).first(count);
}

std::string wrong_models(const policy& rules, const query& asked) {
  if (!asked.wishes || asked.wishes->models.empty()) return "";
  candidate_list room;
  const auto held = candidates_of(rules, asked, room);
  for (const auto& name : asked.wishes->models) {
    const auto targets = rules.resolve(name);
    if (targets.empty())
      return fmt::format("The model `{}` of `models` does not exist: no name, target or model is called so.",
                         name.substr(0, 200));
    if (std::ranges::any_of(targets, [&](auto t) { return !holds(held, t); }))
      return fmt::format("`models` stands for more than {} targets together.", max_candidates);
  }
  return "";
}

std::size_t brought_by(const policy& rules, const query& asked, target_index t) {
  if (!asked.wishes || holds(rules.resolve(asked.model), t)) return 0;
  const auto& names = asked.wishes->models;
  const auto found =
      std::ranges::find_if(names, [&](const auto& name) { return holds(rules.resolve(name), t); });
  return found == names.end() ? 0 : 1 + static_cast<std::size_t>(found - names.begin());
}

bool take_suffix(const policy& rules, std::string_view& model, client_wishes& into) {
  const auto colon = model.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto suffix = model.substr(colon + 1);
  const bool known = suffix == "nitro" || suffix == "floor" || suffix == "free" || suffix == "exacto";
  if (!known || rules.compiled().names.find_exact(model)) return false;
  if (suffix == "nitro") into.sort = config::order_by::throughput;
  if (suffix == "floor") into.sort = config::order_by::price;
  if (suffix == "exacto") into.sort = config::order_by::quality;
  if (suffix == "free") into.free_only = true;
  model = model.substr(0, colon);
  return true;
}

}  // namespace nearfar::routes
