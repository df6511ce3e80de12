// bench_load: drives an openai-chat endpoint that leads to bench_upstream and prints one JSON object.
#include "bench/load/generator.hpp"
#include "bench/wire/canned.hpp"
#include "bench/wire/socket.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace nearfar::bench;

constexpr std::uint64_t held_long_ns = 35'000'000;  // a delayed acknowledgement holds for 40 ms

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

void print(load_report& report) {
  const auto& counts = report.counts;
  fmt::print(
      R"({{"started":{},"good":{},"errors":{},"wrong_content":{},"wrong_status":{},"broken":{},"unanswered":{},)"
      R"("connects":{},"failed_connects":{},"events":{},"seconds":{:.3f},"rate":{:.1f},"most_open":{},)"
      R"("held_long":{},"latency_us":{},"first_byte_us":{},"held_us":{},"first_error":{}}})"
      "\n",
      counts.started, counts.good, counts.errors(), counts.wrong_content, counts.wrong_status, counts.broken,
      counts.unanswered, counts.connects, counts.failed_connects, counts.events, report.seconds,
      static_cast<double>(counts.good) / (report.seconds > 0 ? report.seconds : 1), report.most_open,
      report.held.above(held_long_ns), report.whole.json(), report.first_byte.json(), report.held.json(),
      json_string(report.first_error));
}

}  // namespace

int main(int argc, char** argv) {
  load_options options;
  request_shape shape;
  std::size_t answer_bytes = 1024;
  bool image = false;
  std::vector<std::string> headers;
  CLI::App app{"A load generator that checks every byte; see docs/performance.md"};
  app.add_option("--to", options.address, "127.0.0.1:PORT or unix:/PATH")->required();
  app.add_option("--connections", options.connections, "keep-alive connections")
      ->check(CLI::Range(1, 20'000));
  app.add_option("--rate", options.rate, "requests a second, open loop; 0: closed loop");
  app.add_option("--requests", options.requests, "stop after so many; 0: by time alone");
  app.add_option("--duration", options.seconds, "seconds in which requests are started")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--spread", options.spread_seconds,
                 "closed loop: spread the first requests over so many seconds");
  app.add_option("--grace", options.grace_seconds, "seconds for what is in flight after that");
  app.add_option("--header", headers, "one more header field of every request; may be given several times");
  app.add_option("--model", shape.model, "model name to ask for");
  app.add_option("--body-bytes", shape.bytes, "size of the request's body");
  app.add_flag("--image", image, "the prompt is one base64 image");
  app.add_flag("--stream", shape.stream, "ask for a stream");
  app.add_option("--answer-bytes", answer_bytes, "as bench_upstream was told");
  app.add_option("--chunks", options.expected.chunks, "as bench_upstream was told");
  CLI11_PARSE(app, argc, argv);

  shape.kind = image ? prompt_kind::image : prompt_kind::text;
  options.expected.stream = shape.stream;
  if (!shape.stream) options.expected.json = answer_body(answer_bytes);
  const auto body = request_body(shape);
  std::string more;
  for (const auto& field : headers) more += field + "\r\n";
  options.request = fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench_load\r\nAccept: */*\r\n"
      "Content-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
      options.address.starts_with("unix:") ? "localhost" : options.address, more, body.size(), body);

  prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_descriptor_limit();
  load_generator generator(options);
  auto report = generator.run();
  print(report);
  return report.counts.errors() == 0 && report.counts.good > 0 ? 0 : 1;
}
