// Rows into the ledger's file, and sums out of it. Not thread safe; errors carry SQLite's words.
#pragma once

#include "gateway/ledger/database.hpp"
#include "gateway/ledger/ledger_row.hpp"
#include "gateway/ledger/ledger_schema.hpp"
#include "gateway/ledger/row_writer.hpp"
#include "gateway/ledger/spent.hpp"
#include "gateway/limits/budget_book.hpp"
#include "gateway/query_id.hpp"

#include <cstdint>
#include <memory>
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
  routes::result<void> add(const row_packs& rows, std::span<const account_view> accounts = {});
  routes::result<void> add(std::span<const ledger_row> rows, std::span<const account_view> accounts = {});
  // Gives back memory that only a next batch would need.
  void release();
  // As they were written last, without those whose window was over at `now`. Only reads.
  routes::result<std::vector<account_view>> accounts(std::int64_t now);
  // A text that outlives the process, by name.
  routes::result<void> keep(std::string_view name, std::string_view text);
  routes::result<std::optional<std::string>> kept(std::string_view name);

  // Of all below but usage(): a file of an older version that could not be brought up to date is an error.

  // The attempts of one query, in their order; empty: unknown.
  routes::result<std::vector<ledger_row>> find(std::string_view query);
  // Dearest group first; days in their order.
  routes::result<std::vector<usage_sum>> usage(const usage_filter& of, usage_group by);
  // As spent.hpp tells.
  using owner_sum = gateway::owner_sum;
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
  explicit ledger_store(std::unique_ptr<database> with) : file_(std::move(with)) {}

  routes::result<void> prepare();
  routes::result<void> is_current();
  routes::result<void> find_by(std::string_view where, const query_id& id, std::vector<ledger_row>& into);
  routes::result<std::int64_t> erase_key(std::string_view key);
  routes::result<void> put_account(const account_view& one);
  static ledger_row read(const statement& from);
  static routes::result<void> read_all(statement& from, std::vector<ledger_row>& into);

  std::unique_ptr<database> file_;  // where it is, for those who write into it
  std::unique_ptr<row_writer> writer_;
  statement account_;
};

template <class F>
routes::result<void> ledger_store::each_since(std::int64_t unix_ms, F&& take) {
  if (auto ok = is_current(); !ok) return ok;
  auto asked = file_->prepare("SELECT * FROM attempts WHERE id >= ?1 ORDER BY id");
  if (!asked) return std::move(asked).error();
  asked->bind(1, id_of_time(unix_ms));
  for (;;) {
    auto more = asked->step();
    if (!more) return std::move(more).error();
    if (!*more) return {};
    take(read(*asked));
  }
}

}  // namespace nearfar::gateway
