#include "gateway/cli_serve.hpp"

#include "gateway/server.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nearfar::gateway {
namespace {

// Two sockets a query, and pools beside them: the soft limit (1024 by default) is a desktop's.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

// Until a signal to stop; `on_hangup` is called for each SIGHUP.
template <class OnHangup>
void wait_for_stop(const sigset_t& set, OnHangup on_hangup) {
  for (;;) {
    int signal = 0;
    sigwait(&set, &signal);
    if (signal != SIGHUP) return;
    on_hangup();
  }
}

void print_list(std::string_view title, const std::vector<std::string>& rows, std::string_view none) {
  fmt::print("{}\n", title);
  for (const std::string& row : rows) fmt::print("  {}\n", row);
  if (rows.empty()) fmt::print("  {}\n", none);
}

void print_report(const start_report& report) {
  print_list("targets", report.targets, "none: every query will be refused");
  fmt::print("model names\n  {}\n", fmt::join(report.model_names, ", "));

  std::vector<std::string> rows;
  for (const leaving_target& row : report.may_leave)
    rows.push_back(fmt::format("{}, key: {}", row.target, row.key));
  print_list("may leave this machine's own networks", rows, "nothing: no remote target is present");

  rows.clear();
  for (const absent_provider& row : report.absent) rows.push_back(fmt::format("{}: {}", row.name, row.why));
  if (!rows.empty()) print_list("absent", rows, {});
  for (const std::string& warning : report.warnings) fmt::print("warning: {}\n", warning);
}

void print_start(const server& running) {
  print_report(running.report());
  fmt::print("\n");
  std::string first;
  for (const std::string& address : running.addresses()) {
    const bool unix_socket = address.starts_with("unix:");
    const std::string url = unix_socket ? address : "http://" + address;
    if (first.empty() && !unix_socket) first = url;
    fmt::print("listening on {}\n", url);
  }
  fmt::print("admin on http://{}, token in {}\n", running.admin_address(), running.admin_token_file());
  const std::vector<std::string>& names = running.report().model_names;
  const bool has_auto = std::find(names.begin(), names.end(), "auto") != names.end();
  const std::string model = has_auto || names.empty() ? "auto" : names.front();
  if (!first.empty())
    fmt::print(
        "\ncurl -N {}/v1/chat/completions -H 'content-type: application/json' \\\n"
        "  -d '{{\"model\": \"{}\", \"stream\": true, \"messages\": [{{\"role\": \"user\", \"content\": "
        "\"How do I say thank you in Mandarin?\"}}]}}'\n",
        first, model);
  std::fflush(stdout);
}

}  // namespace

int serve(std::shared_ptr<config::configuration> config, const serve_overrides& over) {
  const config::server_config file_server = config->server;
  if (over.threads) config->server.threads = over.threads;
  if (!over.listen.empty()) config->server.listen = over.listen;
  if (!over.admin.empty()) config->server.admin = over.admin;
  raise_file_limit();

  // Blocked before the first thread exists, so that every thread inherits it and only this one,
  // which waits for them, ever sees them.
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  server_options options;
  options.config = std::move(config);
  options.text = over.text;
  options.log_queries = !over.no_query_log;
  options.file_server = file_server;
  const std::chrono::milliseconds drain = options.drain;
  std::string why;
  const std::unique_ptr<server> running = server::start(std::move(options), why);
  if (!running) {
    fmt::print(stderr, "nearfar: {}\n", why);
    return 2;
  }
  print_start(*running);

  wait_for_stop(set, [&running] { running->reload(); });
  fmt::print(stderr, "nearfar: stopping, streams have {} s to finish; again to stop at once\n",
             drain.count() / 1000);
  std::thread([set] {
    wait_for_stop(set, [] {});
    _exit(130);
  }).detach();
  running->stop();
  return 0;
}

}  // namespace nearfar::gateway
