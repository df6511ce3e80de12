#include "gateway/cli_models.hpp"

#include "config/catalog.hpp"
#include "config/catalog_import.hpp"
#include "gateway/cli_admin.hpp"
#include "gateway/cli_configuration.hpp"
#include "gateway/cli_policy.hpp"
#include "gateway/model_table.hpp"
#include "gateway/state_files.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::gateway {
namespace {

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

struct models_command {
  std::string config;
  std::vector<std::string> words;
  std::string file;
  bool json = false;
  bool catalog = false;
  bool import = false;
};

int show(std::vector<model_row> rows, const models_command& values) {
  std::string query;
  for (const auto& word : values.words) query += word + " ";
  keep_matches(rows, query);
  fmt::print("{}", values.json ? model_json(rows) : model_table(rows));
  return rows.empty() && !values.words.empty() ? findings : ok;
}

int list(const models_command& values) {
  const auto file = choose_configuration(values.config);
  if (file.empty()) return usage_or_io;
  const auto read = read_policy(file);
  if (!read.policy) return read.exit;
  if (!values.catalog) return show(models_of(*read.policy), values);
  const config::model_catalog catalog(config::imported_catalog(*read.read));
  return show(models_of(catalog), values);
}

// Where the gateway of that configuration looks for it; without one, where one without `server.state` would.
std::string place_of_catalog(const models_command& values) {
  return config::catalog_file(state_folder_of(existing_configuration(values.config)));
}

int import(const models_command& values) {
  std::string why;
  const auto text = read_whole(values.file, why);
  if (!text) {
    fmt::print(stderr, "nearfar: {}\n", why);
    return usage_or_io;
  }
  const auto date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
  auto made = config::import_catalog(*text, date, why);
  if (made && made->csv.size() > config::max_catalog_bytes) {
    why = fmt::format("its catalog would be longer than {} bytes", config::max_catalog_bytes);
    made.reset();
  }
  if (!made) {
    fmt::print(stderr, "nearfar: {}: {}\n", values.file, why);
    return findings;
  }
  const auto place = place_of_catalog(values);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(place).parent_path(), ignored);
  if (const auto failed = write_atomically(place, made->csv, 0600); !failed.empty()) {
    fmt::print(stderr, "nearfar: {}\n", failed);
    return usage_or_io;
  }
  fmt::print("{}: {} models of {}{}\n", place, made->models, made->source,
             made->left_out == 0 ? "" : fmt::format(", {} left out that write no text", made->left_out));
  return ok;
}

}  // namespace

void add_models_command(CLI::App& app, std::function<int()>& chosen) {
  auto values = std::make_shared<models_command>();
  CLI::App* models =
      app.add_subcommand("models", "Every target with price, size and abilities; what is absent and why");
  models->add_option("QUERY", values->words, "Words that a row must hold")->type_name("");
  models->add_option("--config", values->config, "Configuration")->type_name("FILE");
  models->add_flag("--json", values->json, "The same as JSON");
  models->add_flag("--catalog", values->catalog, "What the catalog knows instead, configured or not");
  CLI::App* importing = models->add_subcommand(
      "import", "Take prices and sizes from OpenRouter's /models or LiteLLM's price list");
  importing->add_option("FILE", values->file, "Its JSON")->required()->type_name("");
  importing->add_option("--config", values->config, "Configuration")->type_name("FILE");
  importing->callback([values] { values->import = true; });
  models->callback(
      [values, &chosen] { chosen = [values] { return values->import ? import(*values) : list(*values); }; });
}

}  // namespace nearfar::gateway
