// What the bill of a month costs to ask: a million attempts in the file, every grouping, one key alone.
// Promised: `nearfar usage` answers in under a second. With NEARFAR_BENCH_LEDGER=FILE the file is kept, so
// that the command itself can be timed on it.
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/ledger/usage_report.hpp"

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
  out.query = fmt::format("nfq-00{:016x}", i);
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
      if (!store->add(rows)) state.SkipWithError("not written");
    }
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_a_batch)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
