// `upstream_double`: the scriptable model server as a program. docs/upstream-double.md
#include "tests/support/upstream_double.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <boost/system/system_error.hpp>

#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace {

namespace json = boost::json;
using namespace nearfar::support;

// The flags people reach for first; everything else is --behaviour.
struct shortcuts {
  json::object fields;

  void number(CLI::App& app, const char* flag, const char* key, const char* help) {
    app.add_option_function<std::int64_t>(flag, [this, key](std::int64_t v) { fields[key] = v; }, help);
  }
  void text(CLI::App& app, const char* flag, const char* key, const char* help) {
    app.add_option_function<std::string>(flag, [this, key](const std::string& v) { fields[key] = v; }, help);
  }
};

int serve(const double_options& options, const behaviour& usual) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  upstream_double server(options);
  server.set_default(usual);
  std::printf("listening on %s\n", server.url().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A scriptable model server: answers, and fails, as told"};
  double_options options;
  app.add_option("--name", options.name, "begins the default answer");
  app.add_option("--host", options.host, "address to listen on");
  app.add_option("--port", options.port, "0: the kernel chooses, and the first line printed says which");
  app.add_option("--unix", options.unix_path, "listen on this socket instead");
  auto* certificate = app.add_option("--certificate", options.certificate, "PEM file: TLS instead of plain");
  app.add_option("--private-key", options.private_key, "PEM file")->needs(certificate);
  app.add_option("--model", options.models, "for GET /v1/models; may be given several times");
  app.add_option("--keep-requests", options.keep_requests,
                 "how many requests are kept for /_double/requests");
  std::string scripted = "{}";
  app.add_option("--behaviour", scripted, "the default behaviour as JSON");
  shortcuts flags;
  flags.number(app, "--tokens", "tokens", "how many tokens the default answer has");
  flags.number(app, "--token-bytes", "token_bytes", "how long each token is (0: words)");
  flags.text(app, "--text", "text", "the answer");
  flags.number(app, "--head-delay-ms", "head_delay_ms", "before the response head");
  flags.number(app, "--first-token-delay-ms", "first_token_delay_ms", "before the first token");
  flags.number(app, "--token-delay-ms", "token_delay_ms", "between tokens");
  flags.number(app, "--fail", "status", "answer with this status");
  flags.text(app, "--retry-after", "retry_after", "header of a failure");
  flags.text(app, "--break", "break_with", "cut, reset, stall or error_event");
  flags.text(app, "--at", "break_at", "before_head, before_first_token or after_tokens");
  flags.number(app, "--after", "after", "tokens before the break");
  flags.text(app, "--end", "end", "done, no_done, open or no_finish");
  CLI11_PARSE(app, argc, argv);

  boost::system::error_code ec;
  auto merged = json::parse(scripted, ec);
  if (ec || !merged.is_object()) {
    std::fputs("--behaviour wants a JSON object\n", stderr);
    return 2;
  }
  for (auto& [key, value] : flags.fields) merged.get_object()[key] = value;
  const auto usual = read_behaviour(json::serialize(merged));
  if (!usual) {
    std::fprintf(stderr, "%s\n", usual.error().c_str());
    return 2;
  }
  try {
    return serve(options, *usual);
  } catch (const boost::system::system_error& e) {
    std::fprintf(stderr, "cannot listen: %s\n", e.what());
    return 2;
  }
}
