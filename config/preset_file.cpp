#include "config/preset_file.hpp"

#include "config/binder.hpp"
#include "config/paths.hpp"
#include "config/preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace nearfar::config {

namespace {

struct later_preset {
  std::string_view name;
  std::string_view instead;
};

constexpr std::string_view bedrock =
    "its requests are signed and its streams framed in a way of their own; some of its models are at "
    "OpenRouter";
constexpr std::string_view vertex =
    "its keys are tokens that live an hour; `gemini` serves the same models with a key of AI Studio";
constexpr std::string_view azure =
    "until then `preset: openai-compatible` with `url: https://NAME.openai.azure.com/openai/v1`";

constexpr std::array later_presets{
    later_preset{"bedrock", bedrock},      later_preset{"aws-bedrock", bedrock},
    later_preset{"vertex", vertex},        later_preset{"vertex-ai", vertex},
    later_preset{"google-vertex", vertex}, later_preset{"azure", azure},
    later_preset{"azure-openai", azure},
};

// The file as it was read, once for all providers that name it.
const included_file& include(binding& b, const std::string& path, const std::string& written,
                             std::string text) {
  const auto known = std::ranges::find(*b.included, path, &included_file::path);
  if (known != b.included->end()) return *known;
  diagnostics found(path, text);
  auto parsed = parse_preset(written, text, found);
  b.out.take(found);
  std::shared_ptr<const preset> holds;
  if (parsed) holds = std::make_shared<const preset>(std::move(*parsed));
  return b.included->emplace_back(included_file{path, std::move(text), std::move(holds)});
}

bool bind_file(binding& b, const place& at, const yaml_node& node, provider& into) {
  if (b.included == nullptr) return true;
  const auto path = resolve_path(into.preset, b.folder, b.home);
  std::string why;
  auto text = read_preset_file(path, why);
  if (!text) {
    b.out.error(code::unreadable_file, node.where,
                fmt::format("{}: cannot read {}: {}", at.subject(), path, why),
                "a relative path begins at the folder of the configuration");
    return false;
  }
  into.own_preset = include(b, path, into.preset, std::move(*text)).holds;
  return into.own_preset != nullptr;
}

}  // namespace

bool names_preset_file(std::string_view written) {
  return written.ends_with(".yaml") || written.ends_with(".yml");
}

std::optional<std::string_view> preset_of_later(std::string_view name) {
  const auto found = std::ranges::find(later_presets, name, &later_preset::name);
  if (found == later_presets.end()) return std::nullopt;
  return found->instead;
}

std::optional<std::string> read_preset_file(const std::string& path, std::string& why) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    why = "it is a folder";
    return std::nullopt;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    why = std::strerror(errno != 0 ? errno : ENOENT);
    return std::nullopt;
  }
  const auto size = std::filesystem::file_size(path, failed);
  if (failed || size > max_preset_bytes) {
    why = failed ? "it is no regular file" : fmt::format("it is longer than {} bytes", max_preset_bytes);
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool bind(binding& b, const place& at, const yaml_node& node, provider& into, preset_kind) {
  const auto text = expect_scalar(node, at, "the name of a preset", b.out);
  if (!text) {
    into.preset = "?";  // written, though not as a name: it is not missing as well
    return false;
  }
  into.preset = *text;
  if (names_preset_file(*text)) return bind_file(b, at, node, into);
  if (find_preset(*text) != nullptr) return true;
  if (const auto instead = preset_of_later(*text)) {
    b.out.error(code::not_supported_yet, node.where, fmt::format("preset `{}`{} comes later", *text, at.in()),
                std::string(*instead));
    return false;
  }
  std::vector<std::string_view> names;
  for (const auto& p : presets()) names.push_back(p.name);
  b.out.error(code::unknown_preset, node.where, fmt::format("unknown preset `{}`{}", *text, at.in()),
              suggestion(*text, names));
  return false;
}

}  // namespace nearfar::config
