// What the openai-chat codec costs per request and per chunk, without any socket.
#include "bench/wire/canned.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace nearfar;
namespace chat = providers::openai_chat;

std::string padded_request(std::size_t bytes, bench::prompt_kind kind) {
  bench::request_shape shape;
  shape.bytes = bytes;
  shape.kind = kind;
  shape.stream = true;
  auto body = bench::request_body(shape);
  body.resize(body.size() + chat::body_padding);
  return body;
}

std::string_view without_padding(const std::string& body) {
  return std::string_view(body).substr(0, body.size() - chat::body_padding);
}

void read_request(benchmark::State& state, bench::prompt_kind kind) {
  const auto body = padded_request(static_cast<std::size_t>(state.range(0)), kind);
  chat::request_reader reader;
  providers::request_view view;
  for (auto _ : state) {
    const auto done = reader.read(without_padding(body), view);
    if (!done) return state.SkipWithError("the canned request was refused");
    benchmark::DoNotOptimize(view.facts.input_tokens);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void read_text(benchmark::State& state) {
  read_request(state, bench::prompt_kind::text);
}
void read_image(benchmark::State& state) {
  read_request(state, bench::prompt_kind::image);
}
BENCHMARK(read_text)->Arg(1024)->Arg(100 * 1024);
BENCHMARK(read_image)->Arg(5'000'000);

// The splice names pieces; it must not grow with the body.
void splice_request(benchmark::State& state) {
  const auto body = padded_request(static_cast<std::size_t>(state.range(0)), bench::prompt_kind::text);
  chat::request_reader reader;
  providers::request_view view;
  if (!reader.read(without_padding(body), view)) return state.SkipWithError("the canned request was refused");
  chat::request_changes changes;
  changes.model = "bench-model";
  changes.want_usage = true;
  chat::spliced_body into;
  for (auto _ : state) {
    chat::splice(view, changes, into);
    benchmark::DoNotOptimize(into.size);
  }
}
BENCHMARK(splice_request)->Arg(1024)->Arg(5'000'000);

// As many content events in one read as the argument says.
std::string content_events(std::int64_t count) {
  std::string bytes;
  for (std::int64_t i = 0; i < count; ++i)
    bench::append_content_event(bytes, static_cast<std::uint32_t>(i), 1'700'000'000'000'000'000);
  return bytes;
}

void cut_events(benchmark::State& state) {
  const auto bytes = content_events(state.range(0));
  providers::sse_reader reader;
  providers::sse_event event;
  for (auto _ : state) {
    reader.push(bytes);
    while (*reader.next(event)) benchmark::DoNotOptimize(event.data.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(cut_events)->Arg(1)->Arg(32);

void cut_and_observe_events(benchmark::State& state) {
  const auto bytes = content_events(state.range(0));
  providers::sse_reader reader;
  providers::sse_event event;
  chat::stream_observer observer;
  observer.reset(1);
  for (auto _ : state) {
    reader.push(bytes);
    while (*reader.next(event)) {
      if (observer.observe(event) != chat::event_kind::content)
        return state.SkipWithError("a content event was taken for something else");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(cut_and_observe_events)->Arg(1)->Arg(32);

}  // namespace
