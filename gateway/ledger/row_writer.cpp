#include "gateway/ledger/row_writer.hpp"

#include "gateway/ledger/ledger_schema.hpp"
#include "gateway/query_id.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::gateway {

namespace {

constexpr std::size_t fed_at_once = 256;

// The places of `entries` (ledger_schema.cpp).
enum column : std::size_t {
  id,
  grp,
  secret,
  core,
  since,
  first,
  attempt,
  leg,
  cost,
  input,
  output,
  cached,
  cache_write,
  reasoning,
  image,
  audio,
  dearest,
  first_token_us,
  took_us,
  sought,
};
static_assert(column::sought + 1 == entry_values::columns);

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

constexpr std::uint32_t bit(column which) {
  return 1U << which;
}

// How it can be found (ledger_schema.hpp).
void write_query(entry_values& to, std::string_view query, std::int64_t at) {
  const auto read = parse_query_id(query);
  if (!read) {
    to.text = query;
    to.absent |= bit(secret) | bit(core) | bit(since);
    // No text is no name to look for.
    if (query.empty()) to.absent |= bit(sought);
    return;
  }
  const auto began = as_int(read->began_ms);
  to.numbers[secret] = as_int(read->secret);
  to.numbers[core] = read->core;
  to.numbers[since] = at - began;
  if (is_quick(at - began)) {
    to.absent |= bit(sought);
  } else {
    to.numbers[sought] = began;
  }
}

}  // namespace

routes::result<void> row_writer::prepare(database& of) {
  if (auto ok = feed_.join(of); !ok) return ok;
  if (auto ok = groups_.prepare(of); !ok) return ok;
  const auto make = [&](statement& into, std::string_view sql) -> routes::result<void> {
    auto made = of.prepare(sql);
    if (!made) return std::move(made).error();
    into = std::move(*made);
    return {};
  };
  if (auto ok = make(version_, "PRAGMA data_version"); !ok) return ok;
  if (auto ok = make(newest_, "SELECT COALESCE(MAX(id), -1) FROM entries"); !ok) return ok;
  if (auto ok =
          make(newest_at_, "SELECT id FROM entries WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1");
      !ok)
    return ok;
  return make(insert_, fmt::format("INSERT INTO entries SELECT * FROM {}", row_feed::table));
}

void row_writer::forget() {
  groups_.forget();
  known_version_ = -1;
}

void row_writer::release() {
  feed_.rows = {};
  order_ = {};
}

// Another process may have erased groups, or written rows.
routes::result<void> row_writer::look_anew() {
  const auto number_of = [](statement& asked) -> routes::result<std::int64_t> {
    auto row = asked.step();
    if (!row) return std::move(row).error();
    const auto out = asked.number(0);
    if (auto end = asked.step(); !end) return std::move(end).error();
    return out;
  };
  const auto version = number_of(version_);
  if (!version) return version.error();
  if (*version == known_version_) return {};
  groups_.forget();
  const auto newest = number_of(newest_);
  if (!newest) return newest.error();
  newest_id_ = *newest;
  known_version_ = *version;
  return {};
}

// The batch comes in the order of time: behind what the file has, but for attempts that ended before others
// which were written before them, and for a clock that was set back.
routes::result<std::int64_t> row_writer::id_at(std::int64_t unix_ms) {
  const auto begin = id_of_time(unix_ms);
  const auto end = id_of_time(unix_ms + 1);
  if (last_id_ >= begin) return last_id_ + 1;
  if (newest_id_ < begin) return begin;
  const auto row = newest_at_.bind(1, begin).bind(2, end).step();
  if (!row) return row.error();
  if (!*row) return begin;
  const auto newest = newest_at_.number(0);
  if (auto done = newest_at_.step(); !done) return std::move(done).error();
  return newest + 1;
}

routes::result<void> row_writer::write(const packed_row& row) {
  const auto n = row.numbers();
  const auto number = id_at(n.at);
  if (!number) return number.error();
  last_id_ = *number;
  const auto group = groups_.add(row, n);
  if (!group) return group.error();
  auto& to = feed_.rows.emplace_back();
  auto& v = to.numbers;
  v[id] = *number;
  v[grp] = *group;
  v[first] = static_cast<std::int64_t>(n.first);
  v[attempt] = n.attempt;
  v[leg] = n.leg;
  v[cost] = n.cost;
  if (!n.has_cost) to.absent |= bit(cost);
  v[input] = as_int(n.input);
  v[output] = as_int(n.output);
  v[cached] = as_int(n.cached);
  v[cache_write] = as_int(n.cache_write);
  v[reasoning] = as_int(n.reasoning);
  v[image] = as_int(n.image);
  v[audio] = as_int(n.audio);
  v[dearest] = n.dearest;
  if (!n.has_dearest) to.absent |= bit(dearest);
  v[first_token_us] = n.first_token_us;
  v[took_us] = n.took_us;
  write_query(to, row.query(), n.at);
  return feed_.rows.size() < fed_at_once ? routes::result<void>() : write_fed();
}

routes::result<void> row_writer::write_fed() {
  auto ok = insert_.run();
  feed_.rows.clear();
  return ok;
}

routes::result<void> row_writer::write(const row_packs& rows) {
  feed_.rows.clear();
  order_.clear();
  last_id_ = -1;
  if (auto ok = look_anew(); !ok) return ok;
  for (const auto& pack : rows) {
    for (const auto row : pack) order_.push_back({row.numbers().at, order_.size(), row});
  }
  if (order_.empty()) return {};
  // Mostly it is: cores hand over within milliseconds of each other.
  if (!std::ranges::is_sorted(order_)) std::ranges::sort(order_);
  for (const auto& one : order_) {
    if (auto ok = write(one.row); !ok) return ok;
  }
  if (auto ok = write_fed(); !ok) return ok;
  if (auto ok = groups_.write_sums(); !ok) return ok;
  newest_id_ = std::max(newest_id_, last_id_);
  return {};
}

}  // namespace nearfar::gateway
