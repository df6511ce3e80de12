#include "gateway/cli_schema.hpp"

#include "config/field_docs.hpp"
#include "config/preset_table.hpp"
#include "config/schema.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace nearfar::gateway {
namespace {

struct docs_command {
  std::string name;
  bool json = false;
  bool markdown = false;
  bool presets = false;
};

int print_all(bool json) {
  if (!json) {
    fmt::print("{}", config::docs_overview());
    return 0;
  }
  config::found_docs all;
  for (const auto& f : config::field_docs()) all.fields.push_back(&f);
  for (const auto& f : config::fact_docs()) all.facts.push_back(&f);
  fmt::print("{}\n", config::docs_json(all));
  return 0;
}

int print_docs(const docs_command& values) {
  if (values.presets) {
    fmt::print("{}", config::preset_table());
    return 0;
  }
  if (values.markdown) {
    fmt::print("{}", config::docs_page());
    return 0;
  }
  if (values.name.empty()) return print_all(values.json);
  const auto found = config::find_docs(values.name);
  if (found.fields.empty() && found.facts.empty()) {
    fmt::print(stderr, "nearfar: no key and no fact is called `{}`; {}\n", values.name,
               found.help.empty() ? "`nearfar docs` lists them" : found.help);
    return 2;
  }
  fmt::print("{}", values.json ? config::docs_json(found) + "\n" : config::docs_text(found));
  return 0;
}

}  // namespace

void add_schema_commands(CLI::App& app, std::function<int()>& chosen) {
  auto of_preset = std::make_shared<bool>(false);
  CLI::App* schema = app.add_subcommand("schema", "The JSON Schema of a configuration, for editors");
  schema->add_flag("--preset", *of_preset, "That of a preset file");
  schema->callback([of_preset, &chosen] {
    chosen = [of_preset] {
      fmt::print("{}", *of_preset ? config::preset_schema() : config::configuration_schema());
      return 0;
    };
  });

  auto values = std::make_shared<docs_command>();
  CLI::App* docs = app.add_subcommand("docs", "What a key or a fact of the configuration means");
  docs->add_option("FIELD", values->name, "As `rules.order`, `order` or `battery`; without it, what there is")
      ->type_name("");
  auto* json = docs->add_flag("--json", values->json, "The same as JSON");
  docs->add_flag("--markdown", values->markdown, "The reference page")->excludes(json);
  docs->add_flag("--presets", values->presets, "The table of presets that are shipped, as Markdown");
  docs->callback([values, &chosen] { chosen = [values] { return print_docs(*values); }; });
}

}  // namespace nearfar::gateway
