// The ledger's thread: nothing is lost but what a kill may take, and a file that takes nothing holds up
// nobody.
#include "gateway/ledger/ledger.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <future>
#include <thread>

using namespace nearfar::gateway;
using nearfar::tests::temporary_folder;
using namespace std::chrono_literals;

namespace {

std::vector<ledger_row> one(std::string query, nano_usd cost) {
  ledger_row row;
  row.at = 1'795'348'800'000;
  row.query = std::move(query);
  row.target = "far/best";
  row.tier = "remote";
  row.outcome = "answered";
  row.tokens.input = 10;
  row.cost = cost;
  std::vector<ledger_row> out;
  out.push_back(std::move(row));
  return out;
}

nano_usd spent_in(ledger_store& store) {
  const auto all = store.spent_by(nearfar::config::limit_by::all, 0, 2'000'000'000'000);
  return all->empty() ? 0 : all->front().cost;
}

nano_usd spent(ledger& of) {
  std::promise<nano_usd> told;
  of.ask([&](ledger_store* store, const std::string&) { told.set_value(store ? spent_in(*store) : -1); });
  return told.get_future().get();
}

// A writer that pushes as fast as it can and says after each flush how far it came. Killed by its parent.
[[noreturn]] void write_until_killed(const std::string& path, int tell) {
  ledger book(path);
  for (std::uint32_t n = 1;; ++n) {
    book.push(one("q" + std::to_string(n), 1));
    if (n % 50 != 0) continue;
    book.flush();
    if (::write(tell, &n, sizeof n) != sizeof n) ::_exit(3);
  }
}

}  // namespace

TEST_CASE("what many threads push is all there, and a question sees what came before it", "[P4]") {
  temporary_folder folder;
  ledger book(folder.file("ledger.db"));
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&book, t] {
      for (int i = 0; i < 500; ++i) book.push(one("q" + std::to_string(t * 1000 + i), 7));
    });
  }
  for (auto& w : writers) w.join();
  CHECK(spent(book) == 4 * 500 * 7);
  CHECK(book.health().written == 2000);
  CHECK(book.health().lost == 0);
}

TEST_CASE("an idle ledger opens nothing, and what was pushed last is written at the end") {
  temporary_folder folder;
  {
    ledger book(folder.file("ledger.db"));
    CHECK_FALSE(std::filesystem::exists(folder.file("ledger.db")));
    book.push(one("last", 3));
  }
  auto store = ledger_store::open(folder.file("ledger.db"), open_mode::read_only);
  REQUIRE(store.has_value());
  CHECK(store->find("last")->size() == 1);
}

TEST_CASE("a place that cannot be written is said, holds up nobody, and is tried again", "[P4]") {
  temporary_folder folder;
  const auto path = folder.path + "/not-there/ledger.db";
  ledger book(path);
  book.push(one("a", 3));
  book.flush();
  auto health = book.health();
  CHECK_FALSE(health.writes);
  CHECK(health.why.find("not-there") != std::string::npos);
  CHECK(health.waiting == 1);
  std::filesystem::create_directory(folder.path + "/not-there");
  book.push(one("b", 4));
  book.flush();
  health = book.health();
  CHECK(health.writes);
  CHECK(health.waiting == 0);
  CHECK(spent(book) == 7);
}

TEST_CASE("memory has a bound: the newest rows are kept and the rest is counted", "[P4]") {
  temporary_folder folder;
  ledger book(folder.path + "/not-there/ledger.db");
  for (std::size_t i = 0; i < ledger::most_waiting / 1000 + 3; ++i) {
    std::vector<ledger_row> many;
    for (int k = 0; k < 1000; ++k) many.push_back(one("q", 1)[0]);
    book.push(std::move(many));
  }
  book.flush();
  const auto health = book.health();
  CHECK(health.waiting <= ledger::most_waiting);
  CHECK(health.lost + health.waiting == (ledger::most_waiting / 1000 + 3) * 1000);
}

TEST_CASE("a kill loses nothing that was settled, and the file is whole", "[P4]") {
  temporary_folder folder;
  const auto path = folder.file("ledger.db");
  std::int64_t before = 0;
  for (int round = 0; round < 10; ++round) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(path, pipe[1]);
    ::close(pipe[1]);
    std::uint32_t settled = 0;
    for (int k = 0; k <= round; ++k) REQUIRE(::read(pipe[0], &settled, sizeof settled) == sizeof settled);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::uint32_t more = 0;
    while (::read(pipe[0], &more, sizeof more) == sizeof more) settled = more;
    ::close(pipe[0]);
    auto store = ledger_store::open(path, open_mode::read_write);
    REQUIRE(store.has_value());
    CHECK(*store->check() == "ok");
    const auto now = spent_in(*store);
    CHECK(now >= before + settled);
    before = now;
  }
}
