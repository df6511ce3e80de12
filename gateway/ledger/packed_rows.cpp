#include "gateway/ledger/packed_rows.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace nearfar::gateway {

namespace {

// Of a block that is emptied.
constexpr std::size_t most_kept = 64 * 1024;

constexpr std::size_t texts = 10;

// Ahead of a group's texts. Groups are compared by their bytes: there must be none that nobody sets.
struct group_head {
  std::uint64_t price_input = 0;  // the bits of the double
  std::uint64_t price_output = 0;
  std::int32_t status = 0;
  std::uint8_t stream = 0;
  std::uint8_t sure = 0;
  std::uint8_t cost_is_reported = 0;
  std::uint8_t prices = 0;  // that are known: 1 input, 2 output
  std::array<std::uint32_t, texts> sizes{};
};
static_assert(std::has_unique_object_representations_v<group_head>);
static_assert(std::is_trivially_copyable_v<row_numbers>);

std::array<std::string_view, texts> texts_of(const ledger_row_view& row) {
  return {row.key,  row.team,    row.tag,     row.model,  row.target,
          row.tier, row.dialect, row.outcome, row.finish, row.policy};
}

group_head head_of(const ledger_row_view& row, const std::array<std::string_view, texts>& words) {
  group_head out;
  out.price_input = std::bit_cast<std::uint64_t>(row.price_input.value_or(0));
  out.price_output = std::bit_cast<std::uint64_t>(row.price_output.value_or(0));
  out.status = row.status;
  out.stream = row.stream ? 1 : 0;
  out.sure = static_cast<std::uint8_t>(row.sure);
  out.cost_is_reported = row.cost_is_reported ? 1 : 0;
  out.prices = static_cast<std::uint8_t>((row.price_input ? 1 : 0) | (row.price_output ? 2 : 0));
  for (std::size_t i = 0; i < texts; ++i) out.sizes[i] = static_cast<std::uint32_t>(words[i].size());
  return out;
}

row_numbers numbers_of(const ledger_row_view& row) {
  row_numbers out;
  out.at = row.at;
  out.cost = row.cost.value_or(0);
  out.dearest = row.dearest.value_or(0);
  out.first_token_us = row.first_token_us;
  out.took_us = row.took_us;
  out.input = row.tokens.input;
  out.output = row.tokens.output;
  out.cached = row.tokens.cached;
  out.cache_write = row.tokens.cache_write;
  out.reasoning = row.tokens.reasoning;
  out.image = row.tokens.image;
  out.audio = row.tokens.audio;
  out.query_bytes = static_cast<std::uint32_t>(row.query.size());
  out.attempt = row.attempt;
  out.leg = row.leg;
  out.tier = static_cast<std::uint8_t>(std::ranges::find(ledger_tiers, row.tier) - ledger_tiers.begin());
  out.has_cost = row.cost.has_value();
  out.has_dearest = row.dearest.has_value();
  out.sure = row.sure;
  return out;
}

template <class T>
void append(std::string& to, const T& what) {
  to.append(reinterpret_cast<const char*>(&what), sizeof what);
}

}  // namespace

row_group read_group(std::string_view bytes) {
  group_head head;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  row_group out;
  std::size_t i = 0;
  for (auto* text : {&out.key, &out.team, &out.tag, &out.model, &out.target, &out.tier, &out.dialect,
                     &out.outcome, &out.finish, &out.policy}) {
    *text = bytes.substr(0, head.sizes[i]);
    bytes.remove_prefix(head.sizes[i++]);
  }
  out.stream = head.stream != 0;
  out.status = head.status;
  out.sure = static_cast<certainty>(head.sure);
  out.cost_is_reported = head.cost_is_reported != 0;
  if ((head.prices & 1) != 0) out.price_input = std::bit_cast<double>(head.price_input);
  if ((head.prices & 2) != 0) out.price_output = std::bit_cast<double>(head.price_output);
  return out;
}

ledger_row_view packed_row::view() const {
  const auto n = numbers();
  const auto g = read_group(group());
  ledger_row_view out;
  out.at = n.at;
  out.query = query();
  out.attempt = n.attempt;
  out.leg = n.leg;
  out.key = g.key;
  out.team = g.team;
  out.tag = g.tag;
  out.model = g.model;
  out.target = g.target;
  out.tier = g.tier;
  out.dialect = g.dialect;
  out.stream = g.stream;
  out.outcome = g.outcome;
  out.status = g.status;
  out.finish = g.finish;
  out.tokens.input = n.input;
  out.tokens.output = n.output;
  out.tokens.cached = n.cached;
  out.tokens.cache_write = n.cache_write;
  out.tokens.reasoning = n.reasoning;
  out.tokens.image = n.image;
  out.tokens.audio = n.audio;
  out.sure = g.sure;
  if (n.has_cost) out.cost = n.cost;
  out.cost_is_reported = g.cost_is_reported;
  if (n.has_dearest) out.dearest = n.dearest;
  out.price_input = g.price_input;
  out.price_output = g.price_output;
  out.first_token_us = n.first_token_us;
  out.took_us = n.took_us;
  out.policy = g.policy;
  return out;
}

first_of packed_rows::first_in(std::string_view query, std::uint8_t tier) {
  const auto bit = static_cast<std::uint8_t>(1U << tier);
  if (empty() || packed_row(bytes_.data() + last_).query() != query) {
    tiers_ = bit;
    return first_of::query;
  }
  const bool seen = (tiers_ & bit) != 0;
  tiers_ = static_cast<std::uint8_t>(tiers_ | bit);
  return seen ? first_of::nothing : first_of::tier;
}

void packed_rows::add(const ledger_row_view& row) {
  const auto words = texts_of(row);
  const auto head = head_of(row, words);
  auto numbers = numbers_of(row);
  numbers.first = first_in(row.query, numbers.tier);
  std::size_t group = sizeof head;
  for (const auto word : words) group += word.size();
  numbers.group_bytes = static_cast<std::uint32_t>(group);
  last_ = bytes_.size();
  const auto whole = last_ + sizeof numbers + row.query.size() + group;
  if (bytes_.capacity() < whole) bytes_.reserve(std::max(whole, 2 * bytes_.capacity()));
  append(bytes_, numbers);
  bytes_ += row.query;
  append(bytes_, head);
  for (const auto word : words) bytes_ += word;
  ++rows_;
}

void packed_rows::add(const packed_row& row) {
  last_ = bytes_.size();
  bytes_.append(row.query().data() - sizeof(row_numbers), row.bytes());
  ++rows_;
}

void packed_rows::add(const packed_rows& rows) {
  if (rows.empty()) return;
  last_ = bytes_.size() + rows.last_;
  bytes_ += rows.bytes_;
  rows_ += rows.rows_;
}

void packed_rows::clear() {
  if (bytes_.capacity() > 2 * most_kept) bytes_ = {};
  bytes_.clear();
  rows_ = 0;
  last_ = 0;
  tiers_ = 0;
}

packed_rows pack(std::span<const ledger_row> rows) {
  packed_rows out;
  for (const auto& row : rows) out.add(row_with<std::string_view>(row));
  return out;
}

}  // namespace nearfar::gateway
