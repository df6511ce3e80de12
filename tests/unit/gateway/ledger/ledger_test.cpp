// The ledger's thread: nothing is lost but what a kill may take, and a file that takes nothing holds up
// nobody.
#include "gateway/ledger/ledger.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
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

void push(ledger& into, const std::vector<ledger_row>& rows) {
  into.push(pack(rows));
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

// No file grows beyond 100 kB while it lives; what tries is told so, as on a full disk.
struct no_more_room {
  no_more_room() {
    ::getrlimit(RLIMIT_FSIZE, &before);
    was = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit less{100'000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &less) == 0);
  }
  ~no_more_room() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    (void)std::signal(SIGXFSZ, was);
  }
  no_more_room(const no_more_room&) = delete;
  no_more_room& operator=(const no_more_room&) = delete;

  rlimit before{};
  void (*was)(int) = SIG_DFL;
};

// A writer that pushes as fast as it can and says after each flush how far it came. Killed by its parent.
[[noreturn]] void write_until_killed(const std::string& path, int tell) {
  ledger book(path);
  for (std::uint32_t n = 1;; ++n) {
    push(book, one("q" + std::to_string(n), 1));
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
      for (int i = 0; i < 500; ++i) push(book, one("q" + std::to_string(t * 1000 + i), 7));
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
    push(book, one("last", 3));
  }
  auto store = ledger_store::open(folder.file("ledger.db"), open_mode::read_only);
  REQUIRE(store.has_value());
  CHECK(store->find("last")->size() == 1);
}

TEST_CASE("a place that cannot be written is said, holds up nobody, and is tried again", "[P4]") {
  temporary_folder folder;
  const auto path = folder.path + "/not-there/ledger.db";
  ledger book(path);
  push(book, one("a", 3));
  book.flush();
  auto health = book.health();
  CHECK_FALSE(health.writes);
  CHECK(health.why.find("not-there") != std::string::npos);
  CHECK(health.waiting == 1);
  std::filesystem::create_directory(folder.path + "/not-there");
  push(book, one("b", 4));
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
    push(book, many);
  }
  book.flush();
  const auto health = book.health();
  CHECK(health.waiting <= ledger::most_waiting);
  CHECK(health.lost + health.waiting == (ledger::most_waiting / 1000 + 3) * 1000);
}

TEST_CASE("a query's attempts are found before they are written, and where the file takes nothing", "[P4]") {
  temporary_folder folder;
  const auto ask = [](ledger& book, std::string query) {
    std::promise<std::pair<std::vector<ledger_row>, std::string>> told;
    book.find(std::move(query), [&](std::vector<ledger_row> rows, const std::string& why) {
      told.set_value({std::move(rows), why});
    });
    return told.get_future().get();
  };
  ledger good(folder.file("ledger.db"));
  push(good, one("a", 3));
  CHECK(ask(good, "a").first.size() == 1);
  CHECK(ask(good, "b").first.empty());
  ledger bad(folder.path + "/not-there/ledger.db");
  push(bad, one("a", 3));
  const auto [rows, why] = ask(bad, "a");
  CHECK(rows.size() == 1);
  CHECK(why.find("not-there") != std::string::npos);
}

TEST_CASE("a full disk holds up nobody, and what was written before can still be asked", "[P4]") {
  temporary_folder folder;
  const auto path = folder.file("ledger.db");
  {
    ledger book(path);
    push(book, one("before", 3));
  }
  ledger book(path);
  {
    const no_more_room full;
    auto big = one("during", 4);
    big[0].model = std::string(200'000, 'x');
    push(book, big);
    book.flush();
    CHECK_FALSE(book.health().writes);
    CHECK(book.health().waiting == 1);
    CHECK(spent(book) == 3);
  }
  push(book, one("after", 5));
  book.flush();
  CHECK(book.health().writes);
  CHECK(book.health().waiting == 0);
  CHECK(spent(book) == 12);
}

TEST_CASE("a file that is no database is said, and left as it was", "[P4]") {
  temporary_folder folder;
  const auto path = folder.file("ledger.db");
  const std::string text(4096, 'x');
  std::ofstream(path) << text;
  {
    ledger book(path);
    push(book, one("a", 3));
    book.flush();
    CHECK_FALSE(book.health().writes);
    CHECK(book.health().why.find("not a database") != std::string::npos);
  }
  std::ifstream in(path);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == text);
}

TEST_CASE("old rows go at once where they are not to be kept, and others stay", "[P8]") {
  temporary_folder folder;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  auto old = one("old", 3);
  old[0].at = now - std::int64_t{91} * 86'400'000;
  auto young = one("young", 4);
  young[0].at = now;
  ledger book(folder.file("ledger.db"));
  push(book, old);
  push(book, young);
  CHECK(spent(book) == 7);
  book.retain(std::chrono::hours(24 * 90));
  book.retain(std::chrono::hours(24 * 90));
  CHECK(spent(book) == 4);
  // Other values of a reload count at once, too.
  auto older = one("older", 5);
  older[0].at = now - std::int64_t{5} * 86'400'000;
  push(book, older);
  CHECK(spent(book) == 9);
  book.retain(std::chrono::hours(24 * 3));
  CHECK(spent(book) == 4);
}

TEST_CASE("a key is forgotten in memory and in the file, while the ledger runs", "[P8]") {
  temporary_folder folder;
  const auto path = folder.file("ledger.db");
  const auto of = [](std::string key) {
    auto rows = one("q", 3);
    rows[0].key = std::move(key);
    return rows;
  };
  const auto forget = [](ledger& book, std::string key) {
    std::promise<std::optional<std::int64_t>> told;
    book.forget(std::move(key),
                [&](const auto& gone) { told.set_value(gone ? std::optional(*gone) : std::nullopt); });
    return told.get_future().get();
  };
  ledger book(path);
  push(book, of("annegret"));
  push(book, of("ben"));
  CHECK(forget(book, "annegret") == 1);
  CHECK(forget(book, "annegret") == 0);
  CHECK(spent(book) == 3);
  // Neither a free page nor the journal has it any more.
  for (const auto& each : std::filesystem::directory_iterator(folder.path)) {
    std::ifstream in(each.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    CHECK(bytes.find("annegret") == std::string::npos);
  }
  // By another process, as the command line does it.
  push(book, of("carla"));
  book.flush();
  auto other = ledger_store::open(path, open_mode::read_write);
  REQUIRE(other.has_value());
  CHECK(*other->forget_key("carla") == 1);
  push(book, of("ben"));
  CHECK(spent(book) == 6);
}

TEST_CASE("money is counted by tier as it is pushed, whether or not it was written", "[P4]") {
  temporary_folder folder;
  ledger book(folder.path + "/not-there/ledger.db");
  push(book, one("a", 3));
  auto guess = one("b", 5);
  guess[0].sure = certainty::estimated;
  push(book, guess);
  book.flush();
  const auto health = book.health();
  CHECK(health.cost == tier_money{0, 0, 8});
  CHECK(health.estimated == tier_money{0, 0, 5});
  const auto text = ledger_metrics(health);
  CHECK(text.find("nearfar_cost_usd_total{tier=\"remote\"} 0.000000008\n") != std::string::npos);
  CHECK(text.find("nearfar_cost_estimated_usd_total{tier=\"remote\"} 0.000000005\n") != std::string::npos);
  CHECK(text.find("nearfar_ledger_writes 0\n") != std::string::npos);
  CHECK(text.find("nearfar_ledger_rows_waiting 2\n") != std::string::npos);
  CHECK(ledger_warning(health).find("not-there") != std::string::npos);
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
