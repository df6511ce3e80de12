// Rows into the ledger's file, and sums out of it. Not thread safe; errors carry SQLite's words.
#pragma once

#include "gateway/ledger/database.hpp"
#include "gateway/ledger/ledger_row.hpp"
#include "gateway/limits/budget_book.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class usage_group : std::uint8_t { day, key, team, tag, model, target, tier };
std::optional<usage_group> usage_group_of(std::string_view word);
std::string_view to_string(usage_group g);

// A period of whole UTC days, both included, as days since 1970; and one key alone where it is named.
struct usage_filter {
  std::int64_t from_day = 0;
  std::int64_t to_day = 0;
  std::optional<std::string> key;
};

struct usage_sum {
  std::string group;  // "2026-11-22", or the name
  std::uint64_t attempts = 0;
  std::uint64_t answered = 0;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t cached = 0;
  std::uint64_t reasoning = 0;
  nano_usd cost = 0;
  nano_usd estimated = 0;      // the part of `cost` that nobody reported
  std::uint64_t unpriced = 0;  // attempts with tokens whose price is not known
  nano_usd dearest = 0;        // what routing to the dearest allowed target would have cost
};

class ledger_store {
 public:
  // Opens or makes the file and brings its tables up to date (read_write).
  static routes::result<ledger_store> open(const std::string& path, open_mode mode);

  // All or none, in one transaction: accounts replace those of their name.
  routes::result<void> add(std::span<const ledger_row> rows, std::span<const account_view> accounts = {});
  // As they were written last, without those whose window was over at `now`. Only reads.
  routes::result<std::vector<account_view>> accounts(std::int64_t now);
  // A text that outlives the process, by name.
  routes::result<void> keep(std::string_view name, std::string_view text);
  routes::result<std::optional<std::string>> kept(std::string_view name);

  // The attempts of one query, in their order; empty: unknown.
  routes::result<std::vector<ledger_row>> find(std::string_view query);
  // Dearest group first; days in their order.
  routes::result<std::vector<usage_sum>> usage(const usage_filter& of, usage_group by);
  // From then until then, for each key, team, ... or for all together.
  struct owner_sum {
    std::string owner;
    nano_usd cost = 0;
    std::int64_t tokens = 0;
    std::int64_t queries = 0;
  };
  routes::result<std::vector<owner_sum>> spent_by(config::limit_by owner, std::int64_t from_ms,
                                                  std::int64_t until_ms);
  // Rows since then, oldest first, each given to `take`: for windows that are kept in memory.
  template <class F>
  routes::result<void> each_since(std::int64_t unix_ms, F&& take);

  // Rows older than that go; sums of whole days older than that, too. How many rows went.
  routes::result<std::int64_t> forget_before(std::int64_t unix_ms);
  // Everything that bears the key's name, so that nothing of it is left in the file. How many rows went.
  routes::result<std::int64_t> forget_key(std::string_view key);
  // "ok", or what is wrong.
  routes::result<std::string> check();

 private:
  explicit ledger_store(database with) : file_(std::move(with)) {}

  routes::result<void> prepare();
  routes::result<void> insert(const ledger_row& row);
  routes::result<void> sum_up(std::span<const ledger_row> rows);
  routes::result<std::int64_t> erase_key(std::string_view key);
  routes::result<void> put_account(const account_view& one);
  static ledger_row read(const statement& from);

  database file_;
  statement insert_;
  statement sum_;
  statement account_;
};

template <class F>
routes::result<void> ledger_store::each_since(std::int64_t unix_ms, F&& take) {
  auto asked = file_.prepare("SELECT * FROM attempts WHERE at >= ?1 ORDER BY at");
  if (!asked) return std::move(asked).error();
  asked->bind(1, unix_ms);
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return {};
    take(read(*asked));
  }
}

}  // namespace nearfar::gateway
