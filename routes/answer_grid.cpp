#include "routes/answer_grid.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <utility>

namespace nearfar::routes {
namespace {

constexpr auto far_too_many = std::numeric_limits<std::uint64_t>::max() / 1024;

using visitor = std::function<void(const cell&)>;

// A bucket is searched for: its axis turns slowest, whatever its place.
std::vector<std::size_t> turning_order(const std::vector<fact_axis>& axes) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].fact == "bucket") order.push_back(i);
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].fact != "bucket") order.push_back(i);
  }
  return order;
}

class walk {
 public:
  walk(const std::vector<fact_axis>& axes, situation& s, const visitor& visit)
      : axes_(axes), s_(s), visit_(visit), order_(turning_order(axes)), at_(axes.size(), 0) {}

  void all(std::size_t depth = 0) {
    if (depth == order_.size()) return visit_(at_);
    const auto axis = order_[depth];
    for (std::size_t i = 0; i < axes_[axis].values.size(); ++i) {
      put(axis, i);
      all(depth + 1);
    }
  }

  void near(const cell& base, std::size_t changed, std::size_t depth = 0) {
    if (depth == order_.size()) return visit_(at_);
    const auto axis = order_[depth];
    for (std::size_t i = 0; i < axes_[axis].values.size(); ++i) {
      if (i != base[axis] && changed == 0) continue;
      put(axis, i);
      near(base, changed - (i != base[axis] ? 1 : 0), depth + 1);
    }
  }

 private:
  void put(std::size_t axis, std::size_t i) {
    at_[axis] = i;
    s_.give(axes_[axis].fact, axes_[axis].values[i].value);
  }

  const std::vector<fact_axis>& axes_;
  situation& s_;
  const visitor& visit_;
  std::vector<std::size_t> order_;
  cell at_;
};

constexpr std::size_t worth_trying = 20'000;

std::vector<block> joined_in(std::vector<block> cells, const std::vector<std::size_t>& turns) {
  for (const auto axis : turns) {
    std::map<std::pair<std::size_t, std::vector<std::vector<std::size_t>>>, std::size_t> seen;
    std::vector<block> out;
    for (auto& one : cells) {
      auto rest = one.values;
      rest[axis].clear();
      const auto [at, is_new] = seen.try_emplace({one.answer, std::move(rest)}, out.size());
      if (is_new) {
        out.push_back(std::move(one));
        continue;
      }
      auto& into = out[at->second].values[axis];
      into.insert(into.end(), one.values[axis].begin(), one.values[axis].end());
      std::sort(into.begin(), into.end());
    }
    cells = std::move(out);
  }
  return cells;
}

}  // namespace

std::uint64_t cells_in(const std::vector<fact_axis>& axes) {
  std::uint64_t count = 1;
  for (const auto& axis : axes) {
    if (count > far_too_many / std::max<std::size_t>(axis.values.size(), 1)) return far_too_many;
    count *= axis.values.size();
  }
  return count;
}

std::uint64_t near_cells_in(const std::vector<fact_axis>& axes, std::size_t changed) {
  std::vector<std::uint64_t> ways(changed + 1, 0);  // with so many axes changed
  ways[0] = 1;
  for (const auto& axis : axes) {
    for (std::size_t k = changed; k > 0; --k) {
      ways[k] = std::min(far_too_many, ways[k] + std::min(far_too_many / 64, ways[k - 1]) *
                                                     (std::max<std::size_t>(axis.values.size(), 1) - 1));
    }
  }
  std::uint64_t sum = 0;
  for (const auto w : ways) sum = std::min(far_too_many, sum + w);
  return sum;
}

void for_each_cell(const std::vector<fact_axis>& axes, situation& s, const visitor& visit) {
  walk(axes, s, visit).all();
}

void for_each_near_cell(const std::vector<fact_axis>& axes, const cell& base, std::size_t changed,
                        situation& s, const visitor& visit) {
  walk(axes, s, visit).near(base, changed);
}

std::vector<block> joined(std::vector<block> cells) {
  std::vector<std::size_t> turns(cells.empty() ? 0 : cells.front().values.size());
  for (std::size_t i = 0; i < turns.size(); ++i) turns[i] = turns.size() - 1 - i;
  auto best = joined_in(cells, turns);
  // The outcome depends on the order of the axes: a few more are tried where that is cheap.
  for (std::size_t i = 1; i < turns.size() && cells.size() <= worth_trying; ++i) {
    std::rotate(turns.begin(), turns.begin() + 1, turns.end());
    auto other = joined_in(cells, turns);
    if (other.size() < best.size()) best = std::move(other);
  }
  std::sort(best.begin(), best.end(), [](const block& a, const block& b) {
    return std::lexicographical_compare(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                                        [](const auto& x, const auto& y) { return x.front() < y.front(); });
  });
  return best;
}

answer ask(situation& s) {
  static thread_local plan p;
  static thread_local trace why;
  evaluate(s.input(), p, why);
  return answer_of(p, why);
}

}  // namespace nearfar::routes
