#include "gateway/standby_pace.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::gateway;
using namespace std::chrono_literals;

TEST_CASE("a text is read up to its last whole sentence") {
  CHECK(last_sentence_end("") == 0);
  CHECK(last_sentence_end("No end so far") == 0);
  CHECK(last_sentence_end("One. Two") == 4);
  CHECK(last_sentence_end("One. Two!") == 9);
  CHECK(last_sentence_end("It is 3.5 km") == 0);
  CHECK(last_sentence_end("Yes. It is 3.5 km") == 4);
  CHECK(last_sentence_end("a\nb") == 2);
  CHECK(last_sentence_end(".5") == 0);
  const std::string chinese = "你好。世界";
  CHECK(chinese.substr(0, last_sentence_end(chinese)) == "你好。");
}

TEST_CASE("the prompt is read at once, then the answer at sentence ends, every three seconds at most") {
  standby_pace pace;
  const standby_pace::moment start{10s};
  REQUIRE(pace.due(start));
  REQUIRE(pace.worth_reading("") == std::size_t{0});
  pace.read(0, start);
  CHECK_FALSE(pace.due(start + 2'999ms));
  CHECK(pace.due(start + 3s));
  CHECK_FALSE(pace.worth_reading("The tower"));
  REQUIRE(pace.worth_reading("The tower is high. It") == std::size_t{18});
  pace.read(18, start + 3s);
  CHECK_FALSE(pace.worth_reading("The tower is high. It is"));
  CHECK(pace.worth_reading("The tower is high. It is old.") == std::size_t{29});
  CHECK_FALSE(pace.due(start + 5s));
}

TEST_CASE("a look that found nothing is repeated half a second later") {
  standby_pace pace;
  const standby_pace::moment start{10s};
  pace.look_later(start);
  CHECK_FALSE(pace.due(start + 499ms));
  CHECK(pace.due(start + 500ms));
}
