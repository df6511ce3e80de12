#include "routes/cell_blocks.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <string>

using namespace nearfar::routes;

namespace {

using cell_key = std::vector<std::size_t>;
using grid = std::map<cell_key, std::size_t>;

// "aab/a.b": rows of the first axis, a letter an answer, a dot where nothing is told.
grid drawn(const std::string& picture) {
  grid out;
  std::size_t row = 0;
  std::size_t column = 0;
  for (const char c : picture) {
    if (c == '/') {
      ++row;
      column = 0;
      continue;
    }
    if (c != '.') out[{row, column}] = static_cast<std::size_t>(c - 'a');
    ++column;
  }
  return out;
}

std::vector<block> joined(const grid& cells, const std::vector<std::size_t>& widths) {
  std::vector<block> list;
  for (const auto& [at, answer] : cells) {
    block one;
    for (const auto i : at) one.values.push_back({i});
    one.answer = answer;
    list.push_back(one);
  }
  return nearfar::routes::joined(list, widths);
}

std::vector<cell_key> cells_of(const block& b) {
  std::vector<cell_key> out{{}};
  for (const auto& values : b.values) {
    std::vector<cell_key> longer;
    for (const auto& begun : out) {
      for (const auto value : values) {
        longer.push_back(begun);
        longer.back().push_back(value);
      }
    }
    out = std::move(longer);
  }
  return out;
}

// By trying everything: a grid of 3 x 2 x 2 and one answer.
constexpr std::size_t small_cells = 12;
const std::vector<std::size_t> small_widths{3, 2, 2};

cell_key small_key(std::size_t i) {
  return {i / 4, i / 2 % 2, i % 2};
}

std::size_t fewest(unsigned cells) {
  std::vector<unsigned> boxes;
  for (unsigned a = 1; a < 8; ++a) {
    for (unsigned bc = 0; bc < 9; ++bc) {
      const unsigned b = bc / 3 + 1;
      const unsigned c = bc % 3 + 1;
      unsigned box = 0;
      for (unsigned i = 0; i < small_cells; ++i) {
        if ((a >> (i / 4) & b >> (i / 2 % 2) & c >> (i % 2) & 1U) != 0) box |= 1U << i;
      }
      if ((box & ~cells) == 0) boxes.push_back(box);
    }
  }
  std::size_t best = small_cells + 1;
  const std::function<void(unsigned, std::size_t)> cover = [&](unsigned left, std::size_t used) {
    if (used >= best) return;
    if (left == 0) {
      best = used;
      return;
    }
    const unsigned first = left & (~left + 1);
    for (const auto box : boxes) {
      if ((box & first) != 0 && (box & ~left) == 0) cover(left & ~box, used + 1);
    }
  };
  cover(cells, 0);
  return best;
}

}  // namespace

TEST_CASE("cells of one answer are joined into the fewest blocks", "[routes]") {
  const auto count = [](const std::string& picture, std::size_t rows, std::size_t columns) {
    return joined(drawn(picture), {rows, columns}).size();
  };
  CHECK(count("aaa/aaa", 2, 3) == 1);
  CHECK(count("aab/aab", 2, 3) == 2);
  CHECK(count("aaa/a..", 2, 3) == 2);
  CHECK(count("a.a/a.a", 2, 3) == 1);              // values need not be neighbours
  CHECK(count(".a./aaa/.a.", 3, 3) == 2);          // a cross: the arms that lie opposite are one
  CHECK(count("aaab/caab/caab/cddd", 4, 4) == 5);  // a pinwheel
}

TEST_CASE("of as few blocks the ones are taken that leave most axes out", "[routes]") {
  const auto blocks = joined(drawn("aaa/a../a.."), {3, 3});
  REQUIRE(blocks.size() == 2);
  std::size_t whole = 0;
  for (const auto& one : blocks) {
    for (const auto& values : one.values) whole += values.size() == 3 ? 1 : 0;
  }
  CHECK(whole == 1);
}

TEST_CASE("nothing to join and nothing to join along are no trouble", "[routes]") {
  CHECK(joined(grid{}, {2, 2}).empty());
  CHECK(nearfar::routes::joined(std::vector{block{{}, 3}}, std::vector<std::size_t>{}).size() == 1);
}

TEST_CASE("blocks hold every cell once, with its answer, and the order of the axes is no matter",
          "[routes]") {
  std::mt19937_64 random(7);
  const std::vector<std::size_t> widths{4, 3, 2, 5};
  for (int round = 0; round < 60; ++round) {
    const auto answers = random() % 4 + 1;
    const auto gaps = random() % 5;
    grid cells;
    for (std::size_t i = 0; i < 120; ++i) {
      if (random() % 10 < gaps) continue;
      const cell_key at{i / 30, i / 10 % 3, i / 5 % 2, i % 5};
      cells[at] = (at[0] / 2 + at[2] + (random() % 6 == 0 ? 1 : 0)) % answers;
    }
    const auto blocks = joined(cells, widths);
    auto left = cells;
    for (const auto& one : blocks) {
      for (const auto& values : one.values) REQUIRE(std::is_sorted(values.begin(), values.end()));
      for (const auto& at : cells_of(one)) {
        const auto found = left.find(at);
        REQUIRE(found != left.end());
        REQUIRE(found->second == one.answer);
        left.erase(found);
      }
    }
    REQUIRE(left.empty());
    REQUIRE(std::is_sorted(blocks.begin(), blocks.end(), [](const block& a, const block& b) {
      return cells_of(a).front() < cells_of(b).front();
    }));
  }
}

TEST_CASE("on small grids it is rarely one block more than can be", "[routes]") {
  std::mt19937_64 random(1);
  std::size_t least = 0;
  std::size_t made = 0;
  for (int round = 0; round < 150; ++round) {
    const auto share = random() % 8 + 2;
    unsigned mask = 0;
    grid cells;
    for (std::size_t i = 0; i < small_cells; ++i) {
      if (random() % 10 >= share) continue;
      mask |= 1U << i;
      cells[small_key(i)] = 0;
    }
    const auto best = fewest(mask);
    const auto blocks = joined(cells, small_widths).size();
    CHECK(blocks <= best + 1);
    least += best;
    made += blocks;
  }
  CHECK(least > 200);
  CHECK(made <= least + 3);
}
