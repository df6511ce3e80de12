// Lines are forgotten by key and by age, and no line of others is lost while somebody writes.
#include "gateway/decision_files.hpp"
#include "gateway/decision_log.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

using namespace nearfar::gateway;
using nearfar::tests::temporary_folder;

namespace {

std::string line(std::int64_t at_ms, std::string_view key, std::string_view tag = "") {
  return fmt::format("{{\"at_ms\":{},\"query\":{{\"key\":\"{}\",\"tag\":\"{}\"}}}}", at_ms, key, tag);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

TEST_CASE("a key's lines go from all files, and others' stay as they were", "[P8]") {
  temporary_folder folder;
  const auto newest = folder.file("decisions.jsonl");
  const auto older = folder.file("decisions.1.jsonl");
  // A tag that looks like the member is escaped in a text.
  const auto kept = line(2, "ben", R"(\"key\":\"anna\")") + "\n" + line(3, "annabel") + "\n";
  std::ofstream(newest) << line(1, "anna") + "\n" + kept + line(4, "anna");
  std::ofstream(older) << line(0, "anna") + "\n";
  const auto gone = forget_key_in_decisions(folder.path, "anna");
  REQUIRE(gone.has_value());
  CHECK(*gone == 3);
  CHECK(text_of(newest) == kept);
  CHECK(decision_files(folder.path) == std::vector<std::string>{newest});
  CHECK(*forget_key_in_decisions(folder.path, "anna") == 0);
  CHECK(*forget_key_in_decisions(folder.path + "/none", "anna") == 0);
}

TEST_CASE("nothing that is appended meanwhile is lost", "[P8]") {
  temporary_folder folder;
  const auto newest = folder.file("decisions.jsonl");
  std::atomic<bool> over{false};
  std::thread eraser([&] {
    while (!over) (void)forget_key_in_decisions(folder.path, "anna");
  });
  constexpr int rounds = 300;
  bool wrote = true;
  for (int i = 0; i < rounds; ++i) {
    const auto both = line(i, "anna") + "\n" + line(i, "ben") + "\n";
    wrote = append_decisions(newest, both, 1 << 20, 4).empty() && wrote;
  }
  over = true;
  eraser.join();
  CHECK(wrote);
  REQUIRE(forget_key_in_decisions(folder.path, "anna").has_value());
  std::string wanted;
  for (int i = 0; i < rounds; ++i) wanted += line(i, "ben") + "\n";
  CHECK(text_of(newest) == wanted);
}

TEST_CASE("old lines go when a policy with another time comes into force", "[P8]") {
  temporary_folder folder;
  const auto newest = folder.file("decisions.jsonl");
  constexpr std::int64_t day = 86'400'000;
  const auto young = line(now_ms(), "ben") + "\n";
  const auto middle = line(now_ms() - 10 * day, "ben") + "\n";
  std::ofstream(newest) << line(now_ms() - 31 * day, "ben") + "\n" + middle + young;
  decision_log log(folder.path);
  nearfar::config::configuration of;
  of.decisions.emplace();
  of.retain.emplace();
  of.retain->decisions = std::chrono::hours(24 * 30);
  log.configure(of);
  const auto last = line(now_ms(), "carla");
  log.write(last);
  log.flush();
  CHECK(text_of(newest) == middle + young + last + "\n");
  of.retain->decisions = std::chrono::hours(24);
  log.configure(of);
  log.write(last);
  log.flush();
  CHECK(text_of(newest) == young + last + "\n" + last + "\n");
  REQUIRE(log.forget("ben").has_value());
  CHECK(text_of(newest) == last + "\n" + last + "\n");
}
