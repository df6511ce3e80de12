#include "providers/dialects/text_measure.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <string>

namespace nearfar::providers {
namespace {

std::uint64_t by_the_byte(std::string_view text) {
  std::uint64_t sum = 0;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    sum += b < 0x80 ? 1u : b < 0xc0 ? 0u : b < 0xe0 ? 2u : b < 0xf0 ? 4u : 8u;
  }
  return sum;
}

TEST_CASE("every byte weighs by the character that it opens, at every place of a word") {
  for (int value = 0; value < 256; ++value) {
    for (std::size_t place = 0; place < 9; ++place) {
      std::string text(17, 'a');
      text[place] = static_cast<char>(value);
      CAPTURE(value, place);
      CHECK(raw_quarters(text) == by_the_byte(text));
    }
  }
}

TEST_CASE("a text weighs the same however long it is") {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 700; ++i) {
    CAPTURE(i);
    REQUIRE(raw_quarters(text) == by_the_byte(text));
    text.push_back(static_cast<char>(random() & 0xffu));
  }
}

TEST_CASE("a long text of the heaviest characters does not overflow") {
  const std::string heaviest(100'000, '\xf7');
  CHECK(raw_quarters(heaviest) == 800'000);
}

TEST_CASE("a Chinese character is a token and four Latin letters are") {
  CHECK(token_quarters("谢谢你") == 12);
  CHECK(token_quarters("thanks a lot") == 12);
}

TEST_CASE("an escape weighs what it stands for") {
  CHECK(token_quarters(R"(a\n\"b)") == 4);
  CHECK(token_quarters(R"(\u8c22)") == 4);
  CHECK(token_quarters(R"(\ud83d\ude00)") == 8);
  CHECK_FALSE(token_quarters(R"(\x)").has_value());
  CHECK_FALSE(token_quarters(R"(\u12)").has_value());
}

// The values are those of another program that was written by the description alone.
TEST_CASE("a hash is the same on every machine and in every run") {
  std::string text;
  for (int i = 0; i < 6000; ++i) text += static_cast<char>('a' + i % 26);
  struct known {
    std::size_t size;
    std::uint64_t hash;
  };
  for (const auto& [size, hash] :
       std::array{known{0, 0xdce423fc82c0d5b8u}, known{7, 0x14c419c5dc3aa01du}, known{8, 0xe47409a0acc3d9e7u},
                  known{31, 0xf30cfbaf7dcf51eau}, known{32, 0xed20c2c24cedf7cdu},
                  known{33, 0xb9b9673911172836u}, known{64, 0xb11833c20d50a477u},
                  known{5120, 0x1a5e1d57c18cd378u}, known{5121, 0x76558672d7cb252fu}}) {
    INFO(size);
    CHECK(stable_hash(1, std::string_view(text).substr(0, size)) == hash);
  }
}

TEST_CASE("each byte that is hashed changes the hash") {
  std::string text(70, 'x');
  const auto before = stable_hash(1, text);
  for (auto& c : text) {
    c = 'y';
    CHECK(stable_hash(1, text) != before);
    c = 'x';
  }
  CHECK(stable_hash(2, text) != before);
}

}  // namespace
}  // namespace nearfar::providers
