// Keys: made once, kept as hashes, found by nobody who does not have them.
#include "gateway/keys/key_file.hpp"
#include "gateway/keys/key_ring.hpp"
#include "gateway/keys/key_secret.hpp"
#include "gateway/state_files.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

#include <set>
#include <thread>

using namespace nearfar;
using namespace nearfar::gateway;
using nearfar::tests::temporary_folder;

namespace {

key_record named(std::string name, std::string_view secret) {
  key_record out;
  out.name = std::move(name);
  out.hash = hash_key(secret);
  out.hint = hint_of(secret);
  return out;
}

std::string text_of(const std::string& path) {
  std::string why;
  return read_whole(path, why).value_or("(" + why + ")");
}

}  // namespace

TEST_CASE("keys are long, of letters and digits, and no two are the same") {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 500; ++i) {
    const auto key = make_key();
    const std::string text(key.reveal());
    CHECK(text.size() == 46);
    CHECK(text.starts_with("nf-"));
    letters.insert(text.begin() + 3, text.end());
    seen.insert(text);
  }
  CHECK(seen.size() == 500);
  CHECK(letters.size() == 62);
}

TEST_CASE("a ring finds who has the key, and nobody else") {
  const auto anna = make_key();
  const auto ben = make_key();
  const key_ring ring({named("anna", anna.reveal()), named("ben", ben.reveal())});
  REQUIRE(ring.find(anna.reveal()) != nullptr);
  CHECK(ring.find(anna.reveal())->name == "anna");
  CHECK(ring.find(ben.reveal())->name == "ben");
  std::string nearly(anna.reveal());
  nearly.back() = nearly.back() == 'a' ? 'b' : 'a';
  CHECK(ring.find(nearly) == nullptr);
  CHECK(ring.find("") == nullptr);
  CHECK(ring.find("nf-") == nullptr);
  CHECK(key_ring().find(anna.reveal()) == nullptr);
  CHECK(ring.by_name("ben")->hint == hint_of(ben.reveal()));
  CHECK(ring.by_name("carl") == nullptr);
}

TEST_CASE("a key that expired or was taken back is not valid") {
  auto key = named("anna", "nf-x");
  CHECK(state_of(key, 100) == key_state::valid);
  key.expires = 100;
  CHECK(state_of(key, 99) == key_state::valid);
  CHECK(state_of(key, 100) == key_state::expired);
  key.revoked = true;
  CHECK(state_of(key, 99) == key_state::revoked);
}

TEST_CASE("what a key may do comes back from the file as it went, and the key does not") {
  temporary_folder folder;
  const auto path = key_file_in(folder.path);
  const auto secret = make_key();
  auto key = named("anna", secret.reveal());
  key.created = 1'795'000'000;
  key.expires = 1'799'000'000;
  key.models = {"auto", "claude-*"};
  key.tiers = {config::tier::device, config::tier::remote};
  key.privacy = config::privacy_level::private_;
  key.budget = key_budget{5'000'000'000, config::period::day};
  key.rate = key_rate{60, config::period::minute};
  key.team = "optics";
  key.tags = {"voice"};
  const auto edited = edit_keys(path, [&](std::vector<key_record>& all) {
    all.push_back(key);
    all.push_back(named("ben", "nf-b"));
    return std::string();
  });
  REQUIRE(edited.has_value());
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(text_of(path).find(secret.reveal()) == std::string::npos);
  const auto keys = read_keys(path);
  REQUIRE(keys.has_value());
  REQUIRE(keys->size() == 2);
  const auto& one = (*keys)[0];
  CHECK(one.name == "anna");
  CHECK(one.hash == key.hash);
  CHECK(one.created == key.created);
  CHECK(one.expires == key.expires);
  CHECK(one.models == key.models);
  CHECK(one.tiers == key.tiers);
  CHECK(one.privacy == key.privacy);
  CHECK(one.budget->max == 5'000'000'000);
  CHECK(one.budget->per == config::period::day);
  CHECK(one.rate->requests == 60);
  CHECK(one.team == "optics");
  CHECK(one.tags == key.tags);
  CHECK_FALSE((*keys)[1].privacy);
}

TEST_CASE("a file that cannot be understood is an error and never an open door") {
  temporary_folder folder;
  const auto path = key_file_in(folder.path);
  CHECK(read_keys(path)->empty());  // there is none
  const auto problem = [&](std::string_view text) {
    REQUIRE(write_atomically(path, text, 0600).empty());
    const auto keys = read_keys(path);
    return keys.has_value() ? std::string("none") : keys.error().context;
  };
  CHECK(problem("{").find("no JSON") != std::string::npos);
  CHECK(problem("[]").find("no list `keys`") != std::string::npos);
  CHECK(problem(R"({"keys":[{"sha256":"00"}]})").find("key 1: it has no `name`") != std::string::npos);
  CHECK(problem(R"({"keys":[{"name":"a","sha256":"zz"}]})").find("no SHA-256") != std::string::npos);
  const std::string hash(64, '0');
  CHECK(problem(R"({"keys":[{"name":"a","sha256":")" + hash + R"(","tiers":["near"]}]})")
            .find("`near` is no tier") != std::string::npos);
  CHECK(
      problem(R"({"keys":[{"name":"a","sha256":")" + hash + R"("},{"name":"a","sha256":")" + hash + R"("}]})")
          .find("two keys are called `a`") != std::string::npos);
  CHECK(problem(R"({"keys":[{"name":"a","sha256":")" + hash +
                R"(","budget_nano_usd":{"max":-1,"per":"day"}}]})")
            .find("`budget_nano_usd`") != std::string::npos);
  CHECK(problem(R"({"keys":[{"name":"a","sha256":")" + hash + R"("}]})") == "none");
}

TEST_CASE("two who edit at once lose nothing") {
  temporary_folder folder;
  const auto path = key_file_in(folder.path);
  std::vector<std::thread> editors;
  for (int t = 0; t < 4; ++t) {
    editors.emplace_back([&path, t] {
      for (int i = 0; i < 10; ++i) {
        (void)edit_keys(path, [&](std::vector<key_record>& all) {
          all.push_back(named("k" + std::to_string(t * 100 + i), "nf-x"));
          return std::string();
        });
      }
    });
  }
  for (auto& e : editors) e.join();
  CHECK(read_keys(path)->size() == 40);
  const auto refused = edit_keys(path, [](std::vector<key_record>& all) {
    all.clear();
    return std::string("no such key");
  });
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().context == "no such key");
  CHECK(read_keys(path)->size() == 40);
}
