// What some conditions can tell apart: of every fact that they ask for, one value out of each class that no
// test of theirs divides. Facts count as independent of each other and text as free, so that every state of
// the world is among the combinations; some of these may be no state of the world.
#pragma once

#include "config/model.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nearfar::config {

// Kleene: the least of `all`, the greatest of `any`, turned about by `not`.
enum class holding : std::uint8_t { no, unknown, yes };

class fact_classes {
 public:
  // Lives no longer than `c`, which says what the declared facts are.
  explicit fact_classes(const configuration& c) : configuration_(c) {}

  // The number of the condition. Facts are numbered in the order in which conditions name them first.
  std::size_t add(const condition& c);

  // After the last add(). False: a fact has more classes than are worth looking at.
  bool divide();

  std::size_t facts() const { return facts_.size(); }
  // How many steps it takes to ask all conditions, at the most.
  std::size_t nodes() const { return nodes_.size(); }
  std::size_t classes_of(std::size_t fact) const { return facts_[fact].classes.size(); }

  // `at`: a class of each fact that the condition asks for.
  holding holds(std::size_t condition, const std::vector<std::size_t>& at) const;

 private:
  struct asked_fact {
    std::string name;   // with the zone of a clock, or the name of a header
    std::string asked;  // as the file names it
    std::vector<const test_value*> values;
    // Which of `values` hold in it; empty: the fact is unknown.
    std::vector<std::vector<bool>> classes;
  };
  struct node {
    condition_kind kind = condition_kind::always;
    std::vector<std::size_t> children;
    std::size_t fact = 0;
    std::vector<std::size_t> values;
  };

  std::size_t add_node(node n);
  std::size_t add_test(const fact_test& test);
  std::size_t fact_number(const fact_test& test, const test_value& value);
  bool divide(asked_fact& fact) const;
  holding holds_node(std::size_t node, const std::vector<std::size_t>& at) const;

  const configuration& configuration_;
  std::vector<asked_fact> facts_;
  std::vector<node> nodes_;
  std::vector<std::size_t> roots_;
};

}  // namespace nearfar::config
