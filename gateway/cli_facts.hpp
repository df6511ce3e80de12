// The flags that describe a query to explain, table and simulate: facts, names, a clock, a body.
#pragma once

#include "routes/situation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nearfar::gateway {

struct fact_flags {
  std::string model;
  std::vector<std::string> facts;    // network=offline
  std::vector<std::string> headers;  // x-app=glasses
  std::vector<std::string> down;
  std::string privacy;
  std::string tag;
  std::string key;
  std::string team;
  std::string input_tokens;
  std::string output_tokens;
  std::string time;     // 2026-11-22T23:30+01:00
  std::string request;  // a file, "-" is standard input
  bool tools = false;
  bool images = false;
  bool audio = false;
  bool stream = false;
};

// What a fact is where no flag speaks: the clock's now, or Monday noon as in `tests:`.
enum class unsaid_time : std::uint8_t { now, monday_noon };

void add_fact_flags(CLI::App& command, fact_flags& into);

// False after saying on standard error what is wrong, with a suggestion.
bool apply(const fact_flags& flags, unsaid_time unsaid, routes::situation& to);

}  // namespace nearfar::gateway
