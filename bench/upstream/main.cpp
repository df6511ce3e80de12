// bench_upstream: serves canned openai-chat answers until SIGTERM or SIGINT, then prints its counts.
#include "bench/upstream/server.hpp"
#include "bench/wire/socket.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>

namespace {

int block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

void print(const nearfar::bench::upstream_counts& counts) {
  fmt::print(
      R"({{"requests":{},"body_bytes":{},"streams":{},"events":{},"late_events":{},"bad":{},"cut":{}}})"
      "\n",
      counts.requests, counts.body_bytes, counts.streams, counts.events, counts.late_events, counts.bad,
      counts.cut);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace nearfar::bench;
  upstream_options options;
  std::string address = "127.0.0.1:0";
  double interval_ms = 20;
  CLI::App app{"A canned openai-chat upstream for benchmarks"};
  app.add_option("--listen", address, "127.0.0.1:PORT or unix:/PATH; the bound address is printed first");
  app.add_option("--answer-bytes", options.answer_bytes, "size of a JSON answer's body");
  app.add_option("--chunks", options.chunks, "content events of a stream")->check(CLI::Range(1, 999'999));
  app.add_option("--interval-ms", interval_ms, "time between content events; 0 for no pause")
      ->check(CLI::Range(0.0, 60'000.0));
  CLI11_PARSE(app, argc, argv);
  options.interval_ns = static_cast<std::uint64_t>(interval_ms * 1e6);

  // Whoever started it may be killed: never stay behind.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_descriptor_limit();
  const file_descriptor signals(block_stop_signals());
  std::string why;
  auto listener = listen_on(address, why);
  if (!listener) {
    fmt::print(stderr, "bench_upstream: {}\n", why);
    return 2;
  }
  fmt::print("{}\n", bound_address(listener));
  std::fflush(stdout);
  upstream_server server(std::move(listener), signals.get(), options);
  server.run();
  print(server.counts());
  return 0;
}
