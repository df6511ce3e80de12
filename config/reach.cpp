#include "config/reach.hpp"

#include "config/fact_classes.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace nearfar::config {

namespace {

// For one question. A witness is usually among the first: facts begin unknown, or with what nobody asks for.
constexpr std::uint64_t evaluations_for_one = 200'000;

// Looks for a combination that `wanted` accepts, and gives up a part of the space as soon as `hopeless` says
// so.
class search {
 public:
  // `cost`: evaluations that the second question takes.
  search(const fact_classes& classes, std::size_t facts_of_first, std::uint64_t cost, std::uint64_t& left)
      : classes_(classes),
        facts_of_first_(facts_of_first),
        cost_(cost),
        left_(left),
        at_(classes.facts(), 0) {}

  using question = std::function<bool(const std::vector<std::size_t>&)>;

  reach run(const question& first, const question& rest) {
    const bool found = from(0, first, rest);
    if (found) return reach::possible;
    return gave_up_ ? reach::undecided : reach::impossible;
  }

 private:
  bool from(std::size_t fact, const question& first, const question& rest) {
    if (fact == facts_of_first_ && !answer(first, 1)) return false;
    if (fact == at_.size()) return answer(rest, cost_);
    for (at_[fact] = 0; at_[fact] < classes_.classes_of(fact) && !gave_up_; ++at_[fact]) {
      if (from(fact + 1, first, rest)) return true;
    }
    return false;
  }

  bool answer(const question& ask, std::uint64_t cost) {
    gave_up_ = gave_up_ || left_ < cost;
    if (gave_up_) return false;
    left_ -= cost;
    return ask(at_);
  }

  const fact_classes& classes_;
  std::size_t facts_of_first_;
  std::uint64_t cost_;
  std::uint64_t& left_;
  bool gave_up_ = false;
  std::vector<std::size_t> at_;
};

}  // namespace

reach reach_checker::first(const condition& c, std::span<const condition* const> others) {
  fact_classes classes(configuration_);
  const auto own = classes.add(c);
  const auto own_facts = classes.facts();
  for (const auto* other : others) classes.add(*other);
  if (!classes.divide()) return reach::undecided;
  auto left = std::min(evaluations_left_, evaluations_for_one);
  const auto before = left;
  const auto answer = search(classes, own_facts, others.size(), left)
                          .run([&](const auto& at) { return classes.holds(own, at) == holding::yes; },
                               [&](const auto& at) {
                                 for (std::size_t i = 1; i <= others.size(); ++i) {
                                   if (classes.holds(i, at) == holding::yes) return false;
                                 }
                                 return true;
                               });
  evaluations_left_ -= before - left;
  return answer;
}

reach reach_checker::applies(const condition& guard_when) {
  condition negation{condition_kind::negate, {guard_when}, {}, guard_when.where};
  // It never applies where its opposite always certainly holds.
  const condition always;
  const condition* opposite = &negation;
  return first(always, {&opposite, 1});
}

}  // namespace nearfar::config
