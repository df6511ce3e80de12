#include "config/reach.hpp"

#include "config/fact_classes.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace nearfar::config {

namespace {

// Nodes of conditions that are looked at for one question. A witness is usually among the first: facts begin
// unknown, or with what nobody asks for.
constexpr std::uint64_t steps_for_one = 1'000'000;

// Looks for a combination that both questions accept. The first asks only for the first of the facts: where
// it says no, the others are not gone through.
class search {
 public:
  // The costs: steps that the questions take.
  search(const fact_classes& classes, std::size_t facts_of_first, std::uint64_t first_cost,
         std::uint64_t rest_cost, std::uint64_t& left)
      : classes_(classes),
        facts_of_first_(facts_of_first),
        first_cost_(first_cost),
        rest_cost_(rest_cost),
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
    if (fact == facts_of_first_ && !answer(first, first_cost_)) return false;
    if (fact == at_.size()) return answer(rest, rest_cost_);
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
  std::uint64_t first_cost_;
  std::uint64_t rest_cost_;
  std::uint64_t& left_;
  bool gave_up_ = false;
  std::vector<std::size_t> at_;
};

}  // namespace

reach reach_checker::first(const condition& c, std::span<const condition* const> others) {
  fact_classes classes(configuration_);
  const auto own = classes.add(c);
  const auto own_facts = classes.facts();
  const auto own_nodes = classes.nodes();
  for (const auto* other : others) classes.add(*other);
  if (!classes.divide()) return reach::undecided;
  auto left = std::min(steps_left_, steps_for_one);
  const auto before = left;
  const auto answer = search(classes, own_facts, own_nodes, classes.nodes(), left)
                          .run([&](const auto& at) { return classes.holds(own, at) == holding::yes; },
                               [&](const auto& at) {
                                 for (std::size_t i = 1; i <= others.size(); ++i) {
                                   if (classes.holds(i, at) == holding::yes) return false;
                                 }
                                 return true;
                               });
  steps_left_ -= before - left;
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
