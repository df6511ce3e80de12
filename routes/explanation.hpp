// What a trace means, as a value: built from what evaluate left, rendered as text and as JSON.
#pragma once

#include "routes/evaluate.hpp"

#include <string>
#include <utility>
#include <vector>

namespace nearfar::routes {

// Names, numbers and states only: no prompt text, and no value of a header.
struct explanation {
  struct guard_line {
    std::string name;
    std::string answer;   // "no", "yes", "unknown" (it applies), "lifted" (by its `unless`)
    std::string because;  // "metered is yes, wants yes", "always"
    std::string place;    // "nearfar.yaml:30"
  };
  struct rule_line {
    std::string name;
    std::string answer;  // "no", "yes", "unknown" (it does not match)
    std::string because;
    std::string place;
  };
  struct dropped_line {
    std::string target;
    std::string reason;  // to_string(drop_reason)
    std::string text;    // "context 8192 < 5120 + 4096"
    std::string place;   // of the guard, if it was one
    bool momentary = false;
  };

  bool known_name = false;
  std::string target;  // the first that nothing holds back, else the first; empty: refused
  std::string tier;
  std::string rule;
  std::string rule_place;
  std::string attempts;
  std::string revision;
  std::vector<std::pair<std::string, std::string>> facts;  // those that bear on the answer
  std::vector<guard_line> guards;                          // all, in the file's order
  std::vector<rule_line> rules;                            // up to and with the one that matched
  std::vector<dropped_line> dropped;
  std::string stick;  // where the conversation was, and why it stays or leaves; empty: `stick` had no say
  std::vector<std::string> order;
  std::string refusal;  // where nothing is left
};

explanation explained(const evaluation_input& in, const plan& p, const trace& why);

// The form that routes/explain.hpp shows.
std::string to_text(const explanation& e);
// One object.
std::string to_json(const explanation& e);

}  // namespace nearfar::routes
