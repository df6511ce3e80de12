#include "config/preset.hpp"

#include "config/binder.hpp"
#include "config/embedded.hpp"
#include "config/fields_preset.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace nearfar::config {

namespace embedded_presets {
std::span<const embedded_file> files();
}

std::optional<preset> parse_preset(std::string_view name, std::string_view text, diagnostics& out) {
  const auto root = parse_yaml(text, out);
  if (!root) return std::nullopt;
  const configuration nothing;
  binding b{out, nothing, {}, {}};
  preset value;
  value.name = name;
  if (expect_map(*root, place{}, out)) read_section(b, *root, "the preset", root->where, value);
  if (out.has_errors()) return std::nullopt;
  return value;
}

namespace {

std::vector<preset> parse_all() {
  std::vector<preset> all;
  for (const auto& file : embedded_presets::files()) {
    const auto name = file.name.substr(0, file.name.rfind('.'));
    diagnostics found(std::string(file.name), std::string(file.text));
    auto parsed = parse_preset(name, file.text, found);
    if (!parsed) {  // built into the binary and held by a test: only a broken build comes here
      std::fputs(found.render(diagnostics::style::plain).c_str(), stderr);
      std::abort();
    }
    all.push_back(std::move(*parsed));
  }
  return all;
}

}  // namespace

std::span<const preset> presets() {
  static const std::vector<preset> all = parse_all();
  return all;
}

const preset* find_preset(std::string_view name) {
  const auto all = presets();
  const auto found = std::ranges::find(all, name, &preset::name);
  return found == all.end() ? nullptr : &*found;
}

const preset* preset_of(const provider& p) {
  return p.own_preset ? p.own_preset.get() : find_preset(p.preset);
}

const dialect_path* path_for(const preset& of, dialect speaks) {
  const auto found = std::ranges::find(of.dialects, speaks, &dialect_path::speaks);
  return found == of.dialects.end() ? nullptr : &*found;
}

const dialect_path* translated_into(const preset& of) {
  const auto found = std::ranges::find_if(of.dialects, is_chat, &dialect_path::speaks);
  return found == of.dialects.end() ? nullptr : &*found;
}

}  // namespace nearfar::config
