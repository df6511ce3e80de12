#include "providers/handover/splicer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar::providers::handover;

namespace {

struct joined {
  std::string text;  // what the client has in the end
  splice_state state = splice_state::joining;
};

// The same in one piece, byte by byte, and in pieces of three: they must agree.
joined join(std::string_view said, const seam_rule& rule, std::string_view next) {
  joined first;
  for (const std::size_t step : {next.size() + 1, std::size_t{1}, std::size_t{3}}) {
    splicer at_work{said, rule};
    joined got{std::string{said}};
    for (std::size_t at = 0; at < next.size(); at += step) at_work.feed(next.substr(at, step), got.text);
    at_work.finish(got.text);
    got.state = at_work.state();
    if (step > next.size()) first = got;
    CHECK(got.text == first.text);
    CHECK(got.state == first.state);
  }
  return first;
}

std::string text_of(std::string_view said, const seam_rule& rule, std::string_view next) {
  return join(said, rule, next).text;
}

constexpr seam_rule exact{.how = seam::exact};
constexpr seam_rule echo{.how = seam::may_echo};
constexpr seam_rule restart{.how = seam::restart};

seam_rule told(std::size_t anchor, std::size_t cut = 0) {
  return {.how = seam::may_echo, .cut = cut, .anchor = anchor, .own_message = true};
}

}  // namespace

TEST_CASE("where nothing is echoed, nothing is dropped, however alike it looks", "[P2]") {
  CHECK(text_of("very very", exact, " very good") == "very very very good");
  CHECK(text_of("no, no, no, no, ", exact, "no, no, no, no, never") ==
        "no, no, no, no, no, no, no, no, never");
  CHECK(text_of("", exact, "Hello") == "Hello");
  CHECK(text_of("Hello", exact, "") == "Hello");
  CHECK(text_of("a\n", exact, "\nb") == "a\n\nb");
}

TEST_CASE("white space that the target was not sent stands there once", "[P2]") {
  const auto cut = [](std::size_t bytes) { return seam_rule{.how = seam::exact, .cut = bytes}; };
  CHECK(text_of("It is ", cut(1), " good") == "It is good");
  CHECK(text_of("It is ", cut(1), "good") == "It is good");
  CHECK(text_of("one:\n", cut(1), "\n\n- a") == "one:\n\n- a");
  CHECK(text_of("one:\n\n", cut(2), "\n- a") == "one:\n\n- a");
  CHECK(text_of("one:\n\n  ", cut(4), "\n\n   - a") == "one:\n\n   - a");
  CHECK(text_of(" ", cut(1), " a") == " a");
}

TEST_CASE("the longest repetition is dropped", "[P2]") {
  CHECK(text_of("The cat sat on the mat and", echo, "sat on the mat and slept") ==
        "The cat sat on the mat and slept");
  CHECK(text_of("The cat sat on the mat and", echo, "The cat sat on the mat and slept") ==
        "The cat sat on the mat and slept");
  CHECK(text_of("The cat sat on the mat and", echo, " sat on the mat and slept") ==
        "The cat sat on the mat and slept");
  CHECK(text_of("ha ha ha ha ha", echo, "ha ha ha ha ha ha!") == "ha ha ha ha ha ha!");
}

TEST_CASE("a repetition is told from chance by its length and by where it begins", "[P2]") {
  // One, two, three words are none; four are.
  CHECK(text_of("very very", echo, " very good") == "very very very good");
  CHECK(text_of("again and again", echo, " again and again it came") ==
        "again and again again and again it came");
  CHECK(text_of("so it went on and on", echo, " on and on it went") ==
        "so it went on and on on and on it went");
  CHECK(text_of("then it went on and on", echo, "it went on and on, slowly") ==
        "then it went on and on, slowly");
  // Inside of a word nothing is repeated.
  CHECK(text_of("counterparts of the old law", echo, "parts of the old law are") ==
        "counterparts of the old lawparts of the old law are");
  // The end may be inside of a word.
  CHECK(text_of("we have to contin", echo, "we have to continue") == "we have to continue");
  // A text as a whole, however short, from its first byte on.
  CHECK(text_of("No", echo, "No, thanks") == "No, thanks");
  CHECK(text_of("No", echo, " No way") == "No No way");
}

TEST_CASE("scripts without spaces and visible characters of many code points join whole", "[P2]") {
  CHECK(text_of("今天天气很好，我们去公园", echo, "天气很好，我们去公园散步吧") ==
        "今天天气很好，我们去公园散步吧");
  CHECK(text_of("今天天气很好", exact, "天气很好") == "今天天气很好天气很好");
  CHECK(text_of("the old caf\x65 is", exact, "\xcc\x81") == "the old cafe is\xcc\x81");
  // A combining mark belongs to the letter that the client has already.
  CHECK(text_of("this is the old cafe", echo, "this is the old cafe\xcc\x81 noir") ==
        "this is the old cafe\xcc\x81 noir");
  const std::string family = "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7";
  CHECK(text_of("we are a family " + family, echo, "we are a family " + family + "!") ==
        "we are a family " + family + "!");
  CHECK(text_of(family, exact, family) == family + family);
  // Cut inside of it: what follows the joiner still belongs there.
  CHECK(text_of("a family: " + family.substr(0, 7), exact, family.substr(7)) == "a family: " + family);
}

TEST_CASE("a target that was asked to begin with certain words is taken by its word", "[P2]") {
  CHECK(text_of("The cat sat on", told(10), "cat sat on the mat") == "The cat sat on the mat");
  // By the longest repetition two of these would be lost.
  CHECK(text_of("ha ha ha ha ha ha", told(8), "ha ha ha ha!") == "ha ha ha ha ha ha ha!");
  CHECK(text_of("The cat sat on", told(10), "Cat sat on the mat") == "The cat sat on the mat");
  CHECK(text_of("The cat sat on", told(10), "... cat sat on the mat") == "The cat sat on the mat");
  CHECK(text_of("The cat sat on", told(10), "\xe2\x80\xa6 cat sat on the mat") == "The cat sat on the mat");
  CHECK(text_of("The cat sat on ", told(10, 1), "cat sat on the mat") == "The cat sat on the mat");
  // Fewer of them, or more.
  CHECK(text_of("The cat sat on", told(10), "sat on the mat") == "The cat sat on the mat");
  CHECK(text_of("Well: the cat sat on", told(10), "the cat sat on the mat") ==
        "Well: the cat sat on the mat");
  // The answer was whole already.
  CHECK(text_of("The cat sat on it.", told(18), "The cat sat on it.") == "The cat sat on it.");
}

TEST_CASE("a message of its own gets the space back that its beginning lost", "[P2]") {
  CHECK(text_of("The cat sat", told(11), "down") == "The cat sat down");
  CHECK(text_of("The cat sat", told(11), "\xc3\xa0 table") == "The cat sat \xc3\xa0 table");
  CHECK(text_of("The cat sat.", told(11), "Then it slept") == "The cat sat. Then it slept");
  CHECK(text_of("The cat sat", told(11), ", and slept") == "The cat sat, and slept");
  CHECK(text_of("It is 3.", told(8), "14") == "It is 3.14");
  CHECK(text_of("See example.", told(8), "com") == "See example.com");
  CHECK(text_of("The cat ", told(7, 1), "sat") == "The cat sat");
  CHECK(text_of("The cat ", told(7, 1), " sat") == "The cat sat");
  CHECK(text_of("猫は", told(6), "寝た") == "猫は寝た");
  // Not where the target goes on in the same message.
  CHECK(text_of("contin", echo, "ued") == "continued");
}

TEST_CASE("a target that starts over is silenced while it repeats what was said", "[P2]") {
  const std::string said = "Once upon a time there was a cat";
  CHECK(text_of(said, restart, said + " who slept") == said + " who slept");
  CHECK(text_of(said, restart, "\n" + said + ".") == said + ".");
  CHECK(text_of("\n\n" + said, restart, said + ".") == "\n\n" + said + ".");
  CHECK(text_of(said + "\n", restart, said + "\n\nThe end") == said + "\n\nThe end");
  CHECK(text_of(said, restart, said) == said);
  CHECK(join(said, restart, said).state == splice_state::flowing);
  // What was said ends inside of a character: the rest of it is not lost.
  CHECK(text_of("It is \xf0\x9f", restart, "It is \xf0\x9f\x91\x8d.") == "It is \xf0\x9f\x91\x8d.");
  // It was asked to go on, and starts over all the same.
  CHECK(text_of(said, echo, said + " who slept") == said + " who slept");
  CHECK(text_of(said, told(12), said + " who slept") == said + " who slept");
  std::string lines;
  for (int i = 0; i < 400; ++i) lines += "Line " + std::to_string(i) + " of a long answer.\n";
  CHECK(text_of(lines, echo, lines + "The end.") == lines + "The end.");
}

TEST_CASE("another answer than the one that was begun cannot be joined", "[P2]") {
  const std::string said = "Once upon a time there was a big and lazy cat";
  const auto otherwise = join(said, restart, "Once upon a time there was a dog");
  CHECK(otherwise.state == splice_state::mismatch);
  CHECK(otherwise.text == said);
  const auto over = join(said, echo, "Once upon a time there was a big dog");
  CHECK(over.state == splice_state::mismatch);
  CHECK(over.text == said);
  const auto shorter = join(said, restart, "Once upon a time");
  CHECK(shorter.state == splice_state::mismatch);
  CHECK(shorter.text == said);
  // Few words in common are no start over.
  CHECK(join("I have a dream.", echo, " I have a plan.").text == "I have a dream. I have a plan.");
}

TEST_CASE("the splicer waits only while it is open whether something is repeated") {
  splicer at_work{"The cat sat on the mat and", seam::may_echo};
  std::string out;
  at_work.feed("sat on", out);
  CHECK(out.empty());
  CHECK(at_work.state() == splice_state::joining);
  at_work.feed(" a", out);
  CHECK(out == "sat on a");
  CHECK(at_work.state() == splice_state::flowing);
  splicer other{"The cat sat on the mat and", seam::may_echo};
  out.clear();
  other.feed(" x", out);
  CHECK(out == " x");
}

TEST_CASE("no character is let out before all of its bytes are there") {
  for (const seam how : {seam::exact, seam::may_echo}) {
    splicer at_work{"a", how};
    std::string out;
    at_work.feed("\xf0\x9f", out);
    CHECK(out.empty());
    at_work.feed("\x91", out);
    CHECK(out.empty());
    at_work.feed("\xa8!", out);
    CHECK(out == "\xf0\x9f\x91\xa8!");
    at_work.feed("\xe4\xbb", out);
    at_work.finish(out);
    CHECK(out == "\xf0\x9f\x91\xa8!");
  }
}

TEST_CASE("a long text of one repeated character costs a bounded time", "[P10]") {
  std::string said;
  for (int i = 0; i < 100'000; ++i) said += "哈";
  splicer at_work{said, seam::may_echo};
  std::string out;
  for (int i = 0; i < 100'000; ++i) at_work.feed("哈", out);
  at_work.feed("！", out);
  at_work.finish(out);
  CHECK(out == "！");
}
