// What the ledger costs: rows on their way into the file, and questions to a file of a million attempts.
// Promised: `nearfar usage` answers in under a second. With NEARFAR_BENCH_LEDGER=FILE the file is kept, so
// that the command itself can be timed on it.
#include "gateway/ledger/ledger.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/usage_report.hpp"
#include "gateway/query_id.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

using namespace nearfar::gateway;

namespace {

constexpr std::int64_t attempts = 1'000'000;
constexpr std::int64_t month = 30;
constexpr std::size_t batch = 20'000;

std::int64_t today() {
  return static_cast<std::int64_t>(std::time(nullptr)) / 86'400;
}

// Ten keys of three teams, four tags, three names of models, eight targets.
ledger_row row_of(std::int64_t i) {
  constexpr std::array<std::string_view, 8> targets{"phone/small",  "homelab/medium", "homelab/coder",
                                                    "far/best",     "far/cheap",      "hub/vendor/a",
                                                    "hub/vendor/b", "hub/vendor/c"};
  const auto mixed = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15ULL >> 20;
  ledger_row out;
  out.at = (today() - month + 1 + i * month / attempts) * 86'400'000 + i % 86'400'000;
  out.query = to_string({static_cast<std::uint64_t>(out.at) - 900, 1, ~static_cast<std::uint64_t>(i)});
  out.leg = 1;
  out.key = fmt::format("key-{}", mixed % 10);
  out.team = fmt::format("team-{}", mixed % 10 % 3);
  out.tag = fmt::format("tag-{}", mixed / 10 % 4);
  out.model = fmt::format("model-{}", mixed / 40 % 3);
  const auto target = mixed / 120 % targets.size();
  out.target = targets[target];
  out.tier = target == 0 ? "device" : target < 3 ? "self_hosted" : "remote";
  out.dialect = "openai-chat";
  out.outcome = "answered";
  out.finish = "stop";
  out.tokens.input = 1000 + mixed % 1000;
  out.tokens.output = mixed % 300;
  out.cost = static_cast<nano_usd>(target < 3 ? 0 : 3000 * out.tokens.input + 15'000 * out.tokens.output);
  out.dearest = 3000 * static_cast<nano_usd>(out.tokens.input);
  out.took_us = 900'000;
  out.policy = "0123456789ab";
  return out;
}

struct filled {
  filled() {
    if (const char* given = std::getenv("NEARFAR_BENCH_LEDGER")) {
      path = given;
      keep = true;
    } else {
      std::string folder = "/tmp/nearfar-bench-XXXXXX";
      if (::mkdtemp(folder.data()) == nullptr) std::abort();
      path = folder + "/ledger.db";
    }
    if (std::filesystem::exists(path)) return;
    auto store = ledger_store::open(path, open_mode::read_write);
    if (!store) std::abort();
    std::vector<ledger_row> rows;
    for (std::int64_t i = 0; i < attempts;) {
      rows.clear();
      while (rows.size() < batch && i < attempts) rows.push_back(row_of(i++));
      if (!store->add(rows)) std::abort();
    }
  }
  ~filled() {
    if (!keep) std::filesystem::remove_all(std::filesystem::path(path).parent_path());
  }
  std::string path;
  bool keep = false;
};

const std::string& ledger_file() {
  static const filled one;
  return one.path;
}

// As the command does: open, ask, write the table.
void usage_of_a_month(benchmark::State& state) {
  const auto& path = ledger_file();
  const auto by = static_cast<usage_group>(state.range(0));
  usage_filter of{today() - month + 1, today(), std::nullopt};
  if (state.range(1) != 0) of.key = "key-3";
  for (auto _ : state) {
    auto store = ledger_store::open(path, open_mode::read_only);
    const auto sums = store->usage(of, by);
    if (!sums || sums->empty()) state.SkipWithError("no sums");
    auto text = usage_table(*sums, by, {date_of_day(of.from_day), date_of_day(of.to_day)}, 100);
    benchmark::DoNotOptimize(text);
  }
  state.SetLabel(std::string(to_string(by)) + (of.key ? ", one key" : ""));
}
BENCHMARK(usage_of_a_month)->ArgsProduct({{0, 1, 2, 3, 4, 5, 6}, {0, 1}})->Unit(benchmark::kMillisecond);

void write_a_batch(benchmark::State& state) {
  std::string folder = "/tmp/nearfar-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  {
    auto store = ledger_store::open(folder + "/ledger.db", open_mode::read_write);
    std::vector<ledger_row> rows;
    for (std::int64_t i = 0; i < state.range(0); ++i) rows.push_back(row_of(i));
    for (auto _ : state) {
      // Late: behind nothing, as a clock that was set back would have it.
      if (state.range(1) == 0) {
        for (auto& row : rows) row.at += state.range(0);
      }
      if (!store->add(rows)) state.SkipWithError("not written");
    }
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetLabel(state.range(1) == 0 ? "" : "late");
}
BENCHMARK(write_a_batch)->ArgsProduct({{1, 100, 1000}, {0, 1}})->Unit(benchmark::kMicrosecond);

double cpu_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Ids as queries have them: the index over them must not be measured with neighbours.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// The writer's thread under a full load: batches of 35,000 queries a second, one after
// another into one file, of few and of many keys, tags, models and targets.
void thread_cpu_per_row(benchmark::State& state) {
  constexpr std::int64_t rows_a_batch = 7000;
  std::string folder = "/tmp/nearfar-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  double cpu = 0;
  {
    auto store = ledger_store::open(folder + "/ledger.db", open_mode::read_write);
    std::int64_t number = 0;
    for (auto _ : state) {
      std::vector<ledger_row> rows;
      for (std::int64_t i = 0; i < rows_a_batch; ++i, ++number) {
        auto& row = rows.emplace_back(row_of(number % state.range(0)));
        row.at = 1'795'348'800'000 + number / 35;
        row.query = to_string(
            {static_cast<std::uint64_t>(row.at) - 20, 1, mixed(static_cast<std::uint64_t>(number))});
      }
      row_packs packs;
      packs.push_back(pack(rows));
      const auto before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
      if (!store->add(packs)) state.SkipWithError("not written");
      const auto took = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - before;
      state.SetIterationTime(took);
      cpu += took;
    }
  }
  state.counters["us_per_row"] = cpu * 1e6 / static_cast<double>(state.iterations() * rows_a_batch);
  std::filesystem::remove_all(folder);
}
BENCHMARK(thread_cpu_per_row)
    ->ArgName("groups")
    ->Arg(20)
    ->Arg(1000)
    ->Iterations(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// What the query's own thread has with its row.
void hand_over(benchmark::State& state) {
  std::string folder = "/tmp/nearfar-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  {
    ledger book(folder + "/ledger.db");
    const auto words = row_of(7);
    const auto id = to_string({1'795'348'800'000, 1, mixed(7)});
    packed_rows rows;
    std::int64_t number = 0;
    for (auto _ : state) {
      rows.clear();
      auto row = row_with<std::string_view>(words);
      row.query = id;
      row.at = 1'795'348'800'000 + number / 35;
      rows.add(row);
      book.push(rows);
      if (++number % 7000 != 0) continue;
      state.PauseTiming();
      book.flush();
      state.ResumeTiming();
    }
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(hand_over)->Iterations(700'000)->Unit(benchmark::kNanosecond);

// A query of a file of a million attempts, of those that took long.
void find_one(benchmark::State& state) {
  auto store = ledger_store::open(ledger_file(), open_mode::read_only);
  std::int64_t number = 0;
  for (auto _ : state) {
    const auto found = store->find(row_of(number = (number + 7919) % attempts).query);
    if (!found || found->size() != 1) state.SkipWithError("not found");
  }
}
BENCHMARK(find_one)->Unit(benchmark::kMicrosecond);

// What a limit begins with that is new in the middle of a month, in a zone five hours west.
void spent_in_a_month(benchmark::State& state) {
  auto store = ledger_store::open(ledger_file(), open_mode::read_only);
  const auto from = (today() - month + 2) * 86'400'000 + 5 * 3'600'000;
  for (auto _ : state) {
    const auto spent = store->spent_by(nearfar::config::limit_by::key, from, (today() + 1) * 86'400'000 - 1);
    if (!spent || spent->size() != 10) state.SkipWithError("not all keys");
  }
}
BENCHMARK(spent_in_a_month)->Unit(benchmark::kMillisecond);

}  // namespace
