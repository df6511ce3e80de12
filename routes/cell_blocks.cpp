#include "routes/cell_blocks.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace nearfar::routes {
namespace {

using turns = std::vector<std::size_t>;

// Orders of the axes times cells: what a second of a slow machine does many times over.
constexpr std::size_t worth_trying = 200'000;

// Joins along one axis what is alike in all others.
std::vector<block> joined_along(std::size_t axis, std::vector<block> blocks) {
  std::map<std::pair<std::size_t, std::vector<std::vector<std::size_t>>>, std::size_t> seen;
  std::vector<block> out;
  for (auto& one : blocks) {
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
  return out;
}

// A join along one axis may make another possible that was looked for before.
std::vector<block> joined_in(const turns& order, std::vector<block> blocks) {
  for (auto before = blocks.size() + 1; blocks.size() < before;) {
    before = blocks.size();
    for (const auto axis : order) blocks = joined_along(axis, std::move(blocks));
  }
  return blocks;
}

// Takes the largest block that grows out of the first cell that is left, until none is.
class grower {
 public:
  grower(const std::vector<block>& cells, const std::vector<std::size_t>& widths) : widths_(widths) {
    for (const auto& one : cells) {
      std::vector<std::size_t> at;
      for (const auto& values : one.values) at.push_back(values.front());
      left_.emplace(std::move(at), one.answer);
    }
  }

  std::vector<block> run(const std::vector<turns>& orders) {
    std::vector<block> out;
    while (!left_.empty()) {
      block best;
      std::size_t most = 0;
      for (const auto& order : orders) {
        auto one = grown(order);
        const auto size = size_of(one);
        if (size <= most) continue;
        most = size;
        best = std::move(one);
      }
      for_each(best, [&](const auto& at) {
        left_.erase(at);
        return true;
      });
      out.push_back(std::move(best));
    }
    return out;
  }

 private:
  static std::size_t size_of(const block& b) {
    std::size_t size = 1;
    for (const auto& values : b.values) size *= values.size();
    return size;
  }

  // Calls `see` with every cell of the block while it says true.
  template <class See>
  static bool for_each(const block& b, const See& see) {
    std::vector<std::size_t> index(b.values.size(), 0);
    std::vector<std::size_t> at(b.values.size());
    for (;;) {
      for (std::size_t i = 0; i < at.size(); ++i) at[i] = b.values[i][index[i]];
      if (!see(std::as_const(at))) return false;
      std::size_t axis = at.size();
      while (axis > 0 && ++index[axis - 1] == b.values[axis - 1].size()) index[--axis] = 0;
      if (axis == 0) return true;
    }
  }

  block grown(const turns& order) const {
    block out;
    out.answer = left_.begin()->second;
    for (const auto value : left_.begin()->first) out.values.push_back({value});
    for (const auto axis : order) {
      const auto first = out.values[axis].front();
      auto slice = out;
      for (std::size_t value = 0; value < widths_[axis]; ++value) {
        if (value == first) continue;
        slice.values[axis] = {value};
        const bool fits = for_each(slice, [&](const auto& at) {
          const auto found = left_.find(at);
          return found != left_.end() && found->second == out.answer;
        });
        if (fits) out.values[axis].push_back(value);
      }
      std::sort(out.values[axis].begin(), out.values[axis].end());
    }
    return out;
  }

  const std::vector<std::size_t>& widths_;
  std::map<std::vector<std::size_t>, std::size_t> left_;
};

// The last axis first, then every other order as long as there is time for it.
std::vector<turns> orders_of(std::size_t axes, std::size_t cells) {
  turns order(axes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<turns> out;
  const auto most = std::max<std::size_t>(1, worth_trying / std::max<std::size_t>(cells, 1));
  const auto add = [&](const turns& one) {
    if (out.size() < most && std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
  };
  turns backwards(order.rbegin(), order.rend());
  for (std::size_t i = 0; i < axes; ++i) {
    add(backwards);
    std::rotate(backwards.begin(), backwards.begin() + 1, backwards.end());
  }
  if (axes <= 5) {
    do add(order);
    while (std::next_permutation(order.begin(), order.end()));
  }
  return out;
}

std::pair<std::size_t, std::size_t> cost_of(const std::vector<block>& blocks,
                                            const std::vector<std::size_t>& widths) {
  std::size_t matter = 0;
  for (const auto& one : blocks) {
    for (std::size_t i = 0; i < widths.size(); ++i) matter += one.values[i].size() < widths[i] ? 1 : 0;
  }
  return {blocks.size(), matter};
}

}  // namespace

std::vector<block> joined(std::vector<block> cells, const std::vector<std::size_t>& widths) {
  if (cells.empty() || widths.empty()) return cells;
  const auto orders = orders_of(widths.size(), cells.size());
  auto best = joined_in(orders.front(), cells);
  auto least = cost_of(best, widths);
  const auto offer = [&](std::vector<block> other) {
    const auto cost = cost_of(other, widths);
    if (cost >= least) return;
    least = cost;
    best = std::move(other);
  };
  for (std::size_t i = 1; i < orders.size(); ++i) offer(joined_in(orders[i], cells));
  if (orders.size() > 1) offer(grower(cells, widths).run(orders));
  std::sort(best.begin(), best.end(), [](const block& a, const block& b) {
    return std::lexicographical_compare(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                                        [](const auto& x, const auto& y) { return x.front() < y.front(); });
  });
  return best;
}

}  // namespace nearfar::routes
