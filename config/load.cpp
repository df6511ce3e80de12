#include "config/load.hpp"

#include "config/binder.hpp"
#include "config/catalog.hpp"
#include "config/check.hpp"
#include "config/fields_server.hpp"
#include "config/paths.hpp"
#include "config/preset_file.hpp"
#include "config/redact.hpp"
#include "config/revision.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace nearfar::config {

namespace {

namespace fs = std::filesystem;

std::string home_folder() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? home : "/";
}

void fill_defaults(configuration& c) {
  for (auto& p : c.providers) {
    if (p.preset.empty() && p.runtime) p.preset = "llama-server";
    if (!p.url.empty()) p.url = base_url(p);
  }
}

void check_all(const configuration& c, diagnostics& out) {
  const bool read_well = !out.has_errors();
  check_providers(c, out);
  check_model_names(c, out);
  check_policy(c, out);
  check_tests(c, out);
  if (!read_well) return;
  advise_on_providers(c, out);
  advise_on_policy(c, out);
}

bool bind_file(const yaml_node& root, binding& b, configuration& c) {
  if (root.kind != node_kind::map) {
    b.out.error(code::empty_file, root.where, "the file is not a map of keys", "begin with `version: 1`");
    return false;
  }
  read_section(b, root, {}, root.where, c);
  return true;
}

// Also where there is none: it is watched, and counts when it comes.
void include_catalog(configuration& c) {
  auto path = catalog_file(c.server.state);
  std::string unread;
  auto text = read_preset_file(path, unread);
  c.included.push_back({std::move(path), text.value_or(""), nullptr});
}

}  // namespace

loaded load_text(std::string text, std::string file_name, std::string folder, const list_lookup& lists) {
  auto value = std::make_shared<configuration>();
  value->folder = folder.empty() ? "." : std::move(folder);
  const std::string whole_text = text;

  diagnostics problems;
  const auto root = parse_yaml(text, problems);
  redact(text, root ? &*root : nullptr);
  loaded result{nullptr, diagnostics(std::move(file_name), std::move(text))};
  for (const auto& d : problems.all()) result.found.error(d.code, d.where, d.message, d.help);
  if (!root) return result;

  const list_lookup kept = [](const configuration& so_far, const provider& of) {
    return kept_list(so_far.server.state, of);
  };
  binding b{result.found, *value, value->folder, home_folder(), lists ? &lists : &kept, &value->included};
  // Before the providers are read, whose lists are kept there.
  value->server.state = resolve_path("~/.local/state/nearfar", value->folder, b.home);
  if (!bind_file(*root, b, *value)) return result;
  include_catalog(*value);
  value->revision = revision_of(whole_text, value->included);
  fill_defaults(*value);
  // What an alias or a merge would have brought is not known: checking the rest would mislead.
  const bool whole = std::ranges::none_of(result.found.all(), [](const diagnostic& d) {
    return d.code == code::alias || d.code == code::merge_key;
  });
  if (whole) check_all(*value, result.found);
  if (!result.found.has_errors()) result.value = std::move(value);
  return result;
}

loaded load_file(const std::string& path) {
  const auto absolute = fs::absolute(path).lexically_normal();
  std::error_code failed;
  std::ifstream in;
  std::string why = "it is a folder";
  if (!fs::is_directory(absolute, failed)) {
    errno = 0;
    in.open(absolute, std::ios::binary);
    why = std::strerror(errno != 0 ? errno : ENOENT);
  }
  if (!in.is_open()) {
    loaded result{nullptr, diagnostics(path, {})};
    result.found.error(code::unreadable_file, {}, "cannot read the file: " + why, {});
    return result;
  }
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  auto result = load_text(std::move(text), path, absolute.parent_path().string());
  if (result.value) result.value->path = absolute.string();
  return result;
}

}  // namespace nearfar::config
