#include "routes/answer_grid.hpp"

#include <algorithm>
#include <limits>

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

std::vector<std::size_t> widths_of(const std::vector<fact_axis>& axes) {
  std::vector<std::size_t> out;
  for (const auto& axis : axes) out.push_back(axis.values.size());
  return out;
}

answer ask(situation& s) {
  static thread_local plan p;
  static thread_local trace why;
  evaluate(s.input(), p, why);
  return answer_of(p, why);
}

}  // namespace nearfar::routes
