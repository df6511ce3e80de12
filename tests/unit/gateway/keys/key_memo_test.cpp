// What a connection remembers of its caller dies with the ring.
#include "gateway/keys/key_memo.hpp"
#include "gateway/keys/key_secret.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar::gateway;

namespace {

std::shared_ptr<const key_ring> ring_of(std::string_view secret, std::string name) {
  key_record key;
  key.name = std::move(name);
  key.hash = hash_key(secret);
  return std::make_shared<const key_ring>(std::vector<key_record>{std::move(key)});
}

}  // namespace

TEST_CASE("two keys are the same only where every byte is") {
  const auto made = make_key();
  const std::string key(made.reveal());
  for (std::size_t size = 0; size <= key.size(); ++size) {
    const std::string_view part(key.data(), size);
    CHECK(is_same_key(part, std::string(part)));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other(part);
      other[at] = static_cast<char>(other[at] ^ 1);
      CHECK_FALSE(is_same_key(part, other));
    }
    if (size > 0) CHECK_FALSE(is_same_key(part, part.substr(1)));
  }
}

TEST_CASE("a key that was seen before is the same one, and another is looked up") {
  const auto anna = make_key();
  const auto ring = ring_of(anna.reveal(), "anna");
  key_memo memo;
  for (int i = 0; i < 3; ++i) {
    const auto* found = memo.find(ring, anna.reveal());
    REQUIRE(found != nullptr);
    CHECK(found->name == "anna");
  }
  std::string other(anna.reveal());
  other.back() = other.back() == 'a' ? 'b' : 'a';
  CHECK(memo.find(ring, other) == nullptr);
  CHECK(memo.find(ring, anna.reveal()) != nullptr);
  CHECK(memo.find(ring, anna.reveal().substr(0, 10)) == nullptr);
  CHECK(memo.find(ring, "") == nullptr);
}

TEST_CASE("another ring is asked anew") {
  const auto anna = make_key();
  const auto first = ring_of(anna.reveal(), "anna");
  key_memo memo;
  REQUIRE(memo.find(first, anna.reveal()) != nullptr);
  SECTION("that no longer has the key") {
    const auto rotated = ring_of(make_key().reveal(), "anna");
    CHECK(memo.find(rotated, anna.reveal()) == nullptr);
  }
  SECTION("that calls it otherwise") {
    const auto renamed = ring_of(anna.reveal(), "ben");
    CHECK(memo.find(renamed, anna.reveal())->name == "ben");
  }
}

TEST_CASE("a text longer than any key is looked up each time") {
  const std::string longer(200, 'x');
  const auto ring = ring_of(longer, "odd");
  key_memo memo;
  CHECK(memo.find(ring, longer) != nullptr);
  CHECK(memo.find(ring, longer) != nullptr);
}
