#include "providers/http/head_scanner.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar::providers;

namespace {

scan last_of(std::string_view text, std::vector<header_field>& fields) {
  head_scanner scanner(text);
  header_field field;
  auto got = scanner.next(field);
  for (; got == scan::field; got = scanner.next(field)) fields.push_back(field);
  return got;
}

// What comes behind the fields; a block of exactly the text's size, so that a sanitizer sees any read beyond
// it.
scan last_of(std::string_view text) {
  const std::vector<char> exact(text.begin(), text.end());
  std::vector<header_field> fields;
  return last_of({exact.data(), exact.size()}, fields);
}

bool is_token_byte(unsigned char c) {
  return std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
             .find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

TEST_CASE("each byte is taken in names and in values as the RFC says, wherever it stands") {
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    // Short texts go byte by byte, longer ones in blocks, and a block's end lies between.
    for (const std::size_t before : {1U, 2U, 7U, 14U, 15U, 16U, 17U, 31U, 40U}) {
      CAPTURE(c, before);
      std::string text(before, 'x');
      text += static_cast<char>(byte);
      text += "yz";
      const bool control = byte < 0x20 || byte == 0x7f;
      CHECK(is_token(text) == is_token_byte(byte));
      CHECK(is_text(text) == (byte == '\t' || !control));
      CHECK(is_word(text) == (byte != ' ' && !control));
      text.append(32, 'w');
      CHECK(is_token(text) == is_token_byte(byte));
      CHECK(is_text(text) == (byte == '\t' || !control));
      CHECK(is_word(text) == (byte != ' ' && !control));
    }
  }
  CHECK_FALSE(is_token(""));
  CHECK(is_text(""));
}

TEST_CASE("fields are spans without the blanks around their values") {
  const std::string text = "A:b\r\nC-d: \t e f\t \r\nempty:\r\nblank: \t\r\n\r\nbody";
  head_scanner scanner(text);
  header_field field;
  const auto next = [&] {
    REQUIRE(scanner.next(field) == scan::field);
    CHECK(field.name.data() >= text.data());
    return std::string(field.name) + "=" + std::string(field.value);
  };
  CHECK(next() == "A=b");
  CHECK(next() == "C-d=e f");
  CHECK(next() == "empty=");
  CHECK(next() == "blank=");
  CHECK(scanner.next(field) == scan::end);
  CHECK(text.substr(scanner.size()) == "body");
}

TEST_CASE("a line that is not one field is refused for what it is", "[P2]") {
  CHECK(last_of("a: b\r\n\r\n") == scan::end);
  CHECK(last_of("a : b\r\n\r\n") == scan::bad_name);
  CHECK(last_of("a\t: b\r\n\r\n") == scan::bad_name);
  CHECK(last_of(" a: b\r\n\r\n") == scan::bad_name);
  CHECK(last_of(": b\r\n\r\n") == scan::bad_name);
  CHECK(last_of("a\r\n\r\n") == scan::bad_name);
  CHECK(last_of("a(: b\r\n\r\n") == scan::bad_name);
  CHECK(last_of("\na: b\r\n\r\n") == scan::bad_name);
  CHECK(last_of("a: b\nc: d\r\n\r\n") == scan::bad_value);
  CHECK(last_of("a: b\x01\r\n\r\n") == scan::bad_value);
  CHECK(last_of("a: b\x7f\r\n\r\n") == scan::bad_value);
  CHECK(last_of(std::string_view("a: b\0\r\n\r\n", 9)) == scan::bad_value);
  CHECK(last_of("a: b\rc\r\n\r\n") == scan::bad_line_end);
  CHECK(last_of("a: b\r\r\n\r\n") == scan::bad_line_end);
  CHECK(last_of("a: b\r\n\ra\r\n") == scan::bad_line_end);
  CHECK(last_of("a: b\r\n c\r\n\r\n") == scan::folded);
  CHECK(last_of("a:\r\n\tc\r\n\r\n") == scan::folded);
  CHECK(last_of("a:\r\n \r\n\r\n") == scan::folded);
}

TEST_CASE("each beginning of good lines asks for more") {
  const std::string text =
      "Content-Type: text/event-stream\r\nx:\r\nlonger-than-one-block-of-bytes: y\r\n\r\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    CAPTURE(i);
    CHECK(last_of(std::string_view(text).substr(0, i)) == scan::more);
  }
  std::vector<header_field> fields;
  CHECK(last_of(text, fields) == scan::end);
  CHECK(fields.size() == 3);
}

TEST_CASE("what Connection says is read in any case, and lists that are none are refused") {
  connection_options says;
  CHECK(says.take("Keep-Alive"));
  CHECK(says.take(", ,UPGRADE\t,"));
  CHECK(says.take(""));
  CHECK(says.keep_alive());
  CHECK(says.upgrade());
  CHECK_FALSE(says.close());
  CHECK(says.take("close"));
  CHECK(says.close());
  for (const char* value : {"a b", "close;x", "\"close\"", "a, b c", "close\x80"}) {
    CAPTURE(value);
    CHECK_FALSE(connection_options().take(value));
  }
}

TEST_CASE("a field that Connection names ends here, whatever its case") {
  std::vector<header_field> fields;
  REQUIRE(last_of("X-Hop: 1\r\nConnection: close, x-hop ,Y\r\nx-other: 2\r\ny: 3\r\n\r\n", fields) ==
          scan::end);
  connection_options says;
  REQUIRE(says.take(fields[1].value));
  says.hold_back(fields);
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].is.goes == passage::nowhere);
  CHECK(fields[1].is.goes == passage::nowhere);
  CHECK(fields[2].is.goes == passage::anywhere);
  CHECK(fields[3].is.goes == passage::nowhere);
}
