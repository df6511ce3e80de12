#include "providers/handover/hold_back.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using nearfar::providers::handover::hold_back;

namespace {

std::string fed(hold_back& to, const std::vector<std::string>& deltas) {
  std::string out;
  for (const auto& each : deltas) to.feed(each, out);
  return out;
}

}  // namespace

TEST_CASE("the first clause goes at once, then the last words stay back", "[P2]") {
  hold_back back{3};
  std::string out = fed(back, {"Yes", ", of", " course"});
  CHECK(out == "Yes, of");
  CHECK(back.held() == " course");
  back.feed(" I can help", out);
  CHECK(out == "Yes, of course");
  CHECK(back.held() == " I can help");
  back.flush(out);
  CHECK(out == "Yes, of course I can help");
  CHECK(back.held().empty());
}

TEST_CASE("without a clause, eight words go before any stays back") {
  hold_back back{2};
  std::string out = fed(back, {"one two three four", " five six seven eight", " nine ten eleven"});
  CHECK(out == "one two three four five six seven eight nine");
  CHECK(back.held() == " ten eleven");
}

TEST_CASE("what is dropped on a break leaves whole words before it") {
  hold_back back{2};
  const std::string out = fed(back, {"Well,", " this", " is", " a sen", "tence", " that bre"});
  CHECK(out == "Well, this is a sentence");
  back.drop();
  CHECK(back.held().empty());
}

TEST_CASE("no words held is no holding") {
  hold_back back{0};
  CHECK(fed(back, {"Well, ", "that is ", "all."}) == "Well, that is all.");
}

TEST_CASE("in scripts without spaces two characters are a word") {
  hold_back back{2};
  const std::string out = fed(back, {"好的，", "今天天气", "很好"});
  CHECK(out == "好的，今天");
  CHECK(back.held() == "天气很好");
}

TEST_CASE("a run without an end is not held for ever, and no character is cut") {
  hold_back back{1};
  std::string out = fed(back, {"Here: "});
  std::string run;
  for (int i = 0; i < 500; ++i) run += "\xc3\xa9";
  back.feed(run, out);
  CHECK(back.held().size() <= 64);
  CHECK(back.held().size() % 2 == 0);
  back.flush(out);
  CHECK(out == "Here: " + run);
}
