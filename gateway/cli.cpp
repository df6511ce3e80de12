#include "gateway/cli.hpp"

#include "config/load.hpp"
#include "gateway/cli_admin.hpp"
#include "gateway/cli_configuration.hpp"
#include "gateway/cli_keys.hpp"
#include "gateway/cli_models.hpp"
#include "gateway/cli_policy.hpp"
#include "gateway/cli_prewarm.hpp"
#include "gateway/cli_running.hpp"
#include "gateway/cli_schema.hpp"
#include "gateway/cli_serve.hpp"
#include "gateway/cli_simulate.hpp"
#include "gateway/cli_usage.hpp"
#include "gateway/state_files.hpp"
#include "routes/policy.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace nearfar::gateway {
namespace {

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

enum class output : std::uint8_t { text, json };

config::diagnostics::style style_of(std::FILE* stream) {
  // NO_COLOR: no-color.org, any value but the empty one.
  const char* off = std::getenv("NO_COLOR");
  const bool colour = isatty(fileno(stream)) != 0 && (off == nullptr || *off == '\0');
  return colour ? config::diagnostics::style::colour : config::diagnostics::style::plain;
}

// Loads and compiles, as a start does. Null when there are errors; all findings in `found`.
std::shared_ptr<config::configuration> check_whole(const std::string& file, config::diagnostics& found) {
  config::loaded read = config::load_file(file);
  found = std::move(read.found);
  if (!read.value || !routes::policy::compile(read.value, found)) return nullptr;
  return found.has_errors() ? nullptr : read.value;
}

// Notes are news, not findings.
bool has_findings(const config::diagnostics& found) {
  return std::any_of(found.all().begin(), found.all().end(),
                     [](const config::diagnostic& one) { return one.level != config::severity::note; });
}

int check(const std::string& file, output form) {
  if (!readable(file)) return usage_or_io;
  config::diagnostics found;
  check_whole(file, found);
  const bool clean = !has_findings(found);
  if (form == output::json) {
    fmt::print("{}\n", found.render_json());
  } else {
    fmt::print("{}", found.render(style_of(stdout)));
    if (clean) fmt::print("{}{}: ok\n", found.all().empty() ? "" : "\n", file);
  }
  return clean ? ok : findings;
}

// The policy that was last in force, in place of a file with errors. Null: there is none, or it has
// errors too (it was written for another machine, or by another version).
std::shared_ptr<config::configuration> last_good(const std::string& file, std::string& text) {
  const std::string kept = state_folder_of(file) + "/last-good.yaml";
  std::string why;
  const std::optional<std::string> read = read_whole(kept, why);
  if (!read) {
    fmt::print(stderr, "nearfar: no last good policy: {}\n", why);
    return nullptr;
  }
  const std::filesystem::path absolute = std::filesystem::absolute(file).lexically_normal();
  config::loaded loaded = config::load_text(*read, kept, absolute.parent_path().string());
  if (!loaded.value || !routes::policy::compile(loaded.value, loaded.found) || loaded.found.has_errors()) {
    fmt::print(stderr, "nearfar: the last good policy has errors too\n{}\n",
               loaded.found.render(style_of(stderr)));
    return nullptr;
  }
  loaded.value->path = absolute.string();
  text = *read;
  fmt::print(stderr,
             "nearfar: WARNING: {} has errors and is NOT in force; serving the last good policy {} from {}\n",
             file, loaded.value->revision, kept);
  return loaded.value;
}

int serve_file(const std::string& given, serve_overrides over, bool or_last_good) {
  const std::string file = choose_configuration(given);
  if (file.empty() || !readable(file)) return usage_or_io;
  config::diagnostics found;
  std::shared_ptr<config::configuration> value = check_whole(file, found);
  // What notes say is in the start report.
  if (has_findings(found)) fmt::print(stderr, "{}\n", found.render(style_of(stderr)));
  if (!value && or_last_good) value = last_good(file, over.text);
  return value ? serve(value, over) : findings;
}

// The commands against the running gateway, all with --config and --json.
class running_commands {
 public:
  explicit running_commands(CLI::App& app) {
    status_ = add(app, "status",
                  "What the running gateway is at: 0 ok, 1 the last reload failed, 2 nobody answers");
    off_ = add_switch(app, "off", "Take a target or a provider out of the running gateway for a while");
    last_ = add_switch(app, "last", "Ask a target or a provider after all others for a while");
    on_ = add(app, "on", "End `off` or `last` early");
    on_->add_option("NAME", name_, "Target or provider")->required()->type_name("");
    tail_ = add(app, "tail", "A line a query, as they end");
    prewarm_ = add(app, "prewarm", "Make targets ready for a query that is about to come: 1 none is warm");
    prewarm_->add_option("MODEL", warm_.model, "Model name of the policy")->type_name("");
    prewarm_->add_option("--body", warm_.body_file, "A chat request, whose prompt is read ahead")
        ->type_name("FILE");
    prewarm_->add_option("--targets", warm_.targets, "How many, in the order of the plan (default: 2)")
        ->check(CLI::Range(1, 8));
  }

  bool parsed() const {
    return status_->parsed() || off_->parsed() || last_->parsed() || on_->parsed() || tail_->parsed() ||
           prewarm_->parsed();
  }

  int run() const {
    const std::string file = choose_configuration(config_);
    if (file.empty() || !readable(file)) return usage_or_io;
    const running_form form = json_ ? running_form::json : running_form::text;
    if (status_->parsed()) return show_status(file, form);
    if (tail_->parsed()) return tail_queries(file, form);
    if (prewarm_->parsed()) return prewarm(file, warm_, form);
    if (on_->parsed()) return switch_back(file, name_, form);
    return switch_target(file, off_->parsed() ? "off" : "last", name_, duration_, form);
  }

 private:
  CLI::App* add(CLI::App& app, const char* name, const char* what) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_option("--config", config_, "Configuration that the gateway serves")->type_name("FILE");
    made->add_flag("--json", json_, "As JSON");
    return made;
  }

  CLI::App* add_switch(CLI::App& app, const char* name, const char* what) {
    CLI::App* made = add(app, name, what);
    made->add_option("NAME", name_, "Target or provider")->required()->type_name("");
    made->add_option("--for", duration_, "How long: 90s, 2h, at most 30d; 0 ends it")
        ->required()
        ->type_name("TIME");
    return made;
  }

  std::string config_;
  std::string name_;
  std::string duration_;
  bool json_ = false;
  CLI::App* status_ = nullptr;
  CLI::App* off_ = nullptr;
  CLI::App* last_ = nullptr;
  CLI::App* on_ = nullptr;
  CLI::App* tail_ = nullptr;
  CLI::App* prewarm_ = nullptr;
  prewarm_call warm_;
};

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{
      "A model-routing gateway: every query to a model on the device, to a server of your own or to a "
      "remote provider, by a written policy.",
      "nearfar"};
  app.set_version_flag("--version", "nearfar " NEARFAR_VERSION);
  app.require_subcommand(1);

  std::string serve_config;
  serve_overrides over;
  CLI::App* serving = app.add_subcommand("serve", "Serve until interrupted");
  serving
      ->add_option("--config", serve_config,
                   "Configuration (default: ./nearfar.yaml, ~/.config/nearfar/nearfar.yaml)")
      ->type_name("FILE");
  serving->add_option("--threads", over.threads, "Threads, instead of server.threads")
      ->check(CLI::Range(1, 1024));
  serving->add_option("--listen", over.listen, "Address, instead of server.listen; port 0 is any free one")
      ->type_name("ADDRESS");
  serving->add_option("--admin", over.admin, "Address, instead of server.admin")->type_name("ADDRESS");
  serving->add_flag("--no-query-log", over.no_query_log, "No line per query on standard error");
  bool or_last_good = false;
  serving->add_flag("--last-good", or_last_good,
                    "Where the file has errors, serve the policy that was last in force");

  std::string check_file;
  bool json = false;
  CLI::App* checking =
      app.add_subcommand("check", "Check a configuration: 0 ok, 1 errors or warnings, 2 no such file");
  checking->add_option("FILE", check_file, "Configuration")->required()->type_name("");
  checking->add_flag("--json", json, "Findings as JSON");
  const running_commands running(app);
  std::function<int()> on_policy;
  add_policy_commands(app, on_policy);
  add_schema_commands(app, on_policy);
  add_simulate_command(app, on_policy);
  add_key_commands(app, on_policy);
  add_usage_command(app, on_policy);
  add_models_command(app, on_policy);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ok : usage_or_io;
  }
  if (checking->parsed()) return check(check_file, json ? output::json : output::text);
  if (running.parsed()) return running.run();
  if (on_policy) return on_policy();
  return serve_file(serve_config, over, or_last_good);
}

}  // namespace nearfar::gateway
