// The limits that bear on one query: where it fits, and what is held for it meanwhile.
#pragma once

#include "gateway/keys/key_record.hpp"
#include "gateway/limits/budget_book.hpp"
#include "routes/facts.hpp"
#include "routes/limits.hpp"
#include "routes/policy.hpp"
#include "routes/query.hpp"
#include "routes/target_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nearfar::gateway {

// Of one owner's account: "daily-spend/day key=anna", "pace/minute:requests". The owner of a limit `by: all`
// has no name.
std::string account_name(const config::limit& of, std::string_view owner);
// Accounts of a key's own: its budget, its rate, and what it has spent where the policy asks for that. No
// limit of the policy can be called so: their names begin with a letter or a digit.
inline constexpr std::string_view budget_account_name = ":budget";
inline constexpr std::string_view rate_account_name = ":rate";
inline constexpr std::string_view spend_account_name = ":spend";
std::string key_account_name(std::string_view account, config::period per, std::string_view key);

struct limits_context {
  const routes::policy& rules;
  const routes::query& asked;
  const routes::facts& now_true;
  // Of each limit, in the order of the policy's.
  std::span<const config::zone> zones;
  const key_record* key = nullptr;  // null: nobody had to say who asks
  std::optional<nano_usd> most;     // what the client lets this query cost
  bool wants_spend = false;         // the policy asks what the key has spent
  std::int64_t now = 0;             // Unix seconds
};

// Of one attempt. Kept from query to query for its memory.
struct attempt_hold {
  reservation amounts;
  nano_usd cost = 0;
};

// An account as it stood when a target was left out for it, or when the query was planned.
struct limit_standing {
  std::uint16_t index = 0;  // routes/limits.hpp
  std::string_view name;    // of the limit
  config::limit_of of = config::limit_of::cost;
  std::optional<config::period> per;
  std::int64_t max = 0;
  account_room room;
};

// What did not fit.
struct limit_shortage {
  limit_standing where;
  routes::target_index target = 0;
  std::int64_t wanted = 0;
};

// Not thread safe; one query at a time. Holds no views of the query between begin() and end() but those of
// the policy and the key, which the query keeps alive.
class query_limits {
 public:
  // Forgets the query before; places that it still holds are given back.
  void begin(budget_book& book, const limits_context& of);
  bool empty() const { return count_ == 0 && !most_; }

  // Leaves its word in the snapshots of the candidates that do not fit.
  void look(std::span<const routes::target_index> candidates, const routes::query& asked, std::int64_t now,
            std::vector<routes::target_snapshot>& snapshots);
  // What the key has spent today, in USD, as of the last look().
  double spent_today() const;

  // Before an attempt. False: others took the room since look(). What `out` still holds of an attempt that
  // nobody settled is abandoned first.
  bool reserve(routes::target_index target, const routes::query& asked, const routes::target_snapshot& known,
               std::int64_t now, attempt_hold& out);
  // It was not begun after all.
  void release(attempt_hold& held);
  void settle(attempt_hold& held, nano_usd cost, std::uint64_t tokens, std::int64_t now);
  // The query is over.
  void end(std::int64_t now);

  // Why the first target was left out that was; nullopt: none was, or for another reason than a limit's.
  const std::optional<limit_shortage>& shortage() const { return shortage_; }
  // The limit of cost for which a target was left out whose price is not known: the first one.
  const std::optional<limit_shortage>& unpriced() const { return unpriced_; }
  // Whether a limit of requests or tokens bears on it.
  bool paces() const;
  // Those of requests or tokens with the least left: for the client's own pacing.
  std::optional<limit_standing> tightest(config::limit_of of) const;
  // The names of the policy's limits that bear on it, with commas between.
  std::string names() const;

 private:
  struct entry {
    std::uint16_t index = 0;
    std::optional<config::tier> tier;  // of an account by tier
    bool held = false;                 // a query is counted once
  };

  entry& add(std::uint16_t index, config::limit_of of, std::int64_t max, std::optional<config::period> per,
             const config::zone& zone);
  void add_limit(const limits_context& of, std::uint16_t index);
  void add_own(const limits_context& of);
  // Nullopt: the price is not known.
  std::optional<nano_usd> most_cost(routes::target_index target, const routes::query& asked,
                                    const routes::target_snapshot& known) const;
  // The claim of an account; nullopt: the target has none there.
  std::optional<claim> claim_of(std::size_t at, routes::target_index target, const routes::query& asked,
                                const routes::target_snapshot& known, std::optional<nano_usd> cost) const;
  std::uint16_t over(routes::target_index target, const routes::query& asked,
                     const routes::target_snapshot& known);
  void remember(std::size_t at, routes::target_index target, std::int64_t wanted);
  limit_standing standing(std::size_t at) const;

  budget_book* book_ = nullptr;
  const routes::policy* rules_ = nullptr;
  const key_record* key_ = nullptr;
  std::size_t count_ = 0;  // of the next three; their elements are kept for their memory
  std::vector<account_terms> terms_;
  std::vector<entry> entries_;
  std::vector<account_room> rooms_;
  std::vector<claim> claims_;
  std::vector<std::size_t> counted_;  // entries that a reservation counts the query in
  reservation query_;                 // its places among what runs at once
  std::optional<nano_usd> most_;
  nano_usd spent_ = 0;
  nano_usd held_ = 0;
  std::optional<limit_shortage> shortage_;
  std::optional<limit_shortage> unpriced_;
};

// How many tokens of answer are counted on where nobody says: what the target usually gives, else this many,
// or what it can give at all where that is less.
inline constexpr std::uint64_t usual_output = 2'048;
std::uint64_t expected_output(const routes::target& of, const routes::query& asked,
                              const routes::target_snapshot& known);

}  // namespace nearfar::gateway
