// From the tree of the file to condition_code. Says what does not fit a fact; guesses nothing.
#pragma once

#include "config/model.hpp"
#include "routes/compile_log.hpp"
#include "routes/condition_code.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

// Monday is bit 0: "sat", "saturday", "mon-fri", "fri-mon". Zero: no such day.
std::uint32_t weekday_bits(std::string_view text);

class condition_compiler {
 public:
  condition_compiler(const std::vector<config::fact_config>& declared, condition_code& code,
                     std::vector<std::string>& zones, compile_log& log);

  // The node's index. The condition must live as long as the code: nodes point at its tests.
  std::uint32_t compile(const config::condition& from);

 private:
  condition_node test(const config::fact_test& from);
  void choices(condition_node& node, const config::fact_test& from, const fact_info& row);
  void values(condition_node& node, const config::fact_test& from);
  bool value(value_test& into, const config::test_value& from, fact_shape shape);
  std::uint16_t zone(const std::string& name);
  void misfit(const config::fact_test& from, fact_shape shape);

  const std::vector<config::fact_config>& facts_;
  condition_code& code_;
  std::vector<std::string>& zones_;
  compile_log& log_;
};

}  // namespace nearfar::routes
