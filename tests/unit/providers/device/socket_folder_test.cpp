#include "providers/device/socket_folder.hpp"

#include "tests/unit/providers/device/tier_helper.hpp"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

using nearfar::providers::socket_folder;
using nearfar::tests::temp_folder;
namespace fs = std::filesystem;

TEST_CASE("sockets lie in a folder that only we may enter, and go with it", "[device][P3]") {
  temp_folder state;
  std::string path;
  {
    auto made = socket_folder::make(state.path());
    REQUIRE(made.has_value());
    path = (*made)->path();
    CHECK(path.starts_with(state.path() + "/run/nearfar-device-"));
    struct stat about{};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0700);
    const auto one = (*made)->next_socket();
    const auto two = (*made)->next_socket();
    CHECK(one != two);
    CHECK(one.ends_with(".sock"));
    std::ofstream(one) << "x";
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("folders of the dead are swept, those in use and those of others stay", "[device]") {
  temp_folder state;
  auto living = socket_folder::make(state.path());
  REQUIRE(living.has_value());
  const auto run = state.path() + "/run";
  fs::create_directory(run + "/nearfar-device-dead01");
  std::ofstream(run + "/nearfar-device-dead01/1.sock") << "x";
  fs::create_directory(run + "/something-else");
  fs::create_directory_symlink(run + "/something-else", run + "/nearfar-device-link01");
  auto next = socket_folder::make(state.path());
  REQUIRE(next.has_value());
  CHECK_FALSE(fs::exists(run + "/nearfar-device-dead01"));
  CHECK(fs::exists((*living)->path()));
  CHECK(fs::exists(run + "/something-else"));
  CHECK(fs::is_symlink(run + "/nearfar-device-link01"));
}

TEST_CASE("a path of a socket never passes the limit of sockaddr_un", "[device]") {
  temp_folder state;
  for (const std::size_t length : {1U, 20U, 40U, 60U, 100U, 200U}) {
    auto made = socket_folder::make(state.path() + "/" + std::string(length, 'x'));
    REQUIRE(made.has_value());
    CHECK((*made)->next_socket().size() <= 107);
  }
  auto without_state = socket_folder::make("");
  REQUIRE(without_state.has_value());
  CHECK((*without_state)->next_socket().size() <= 107);
}

TEST_CASE("a state folder that cannot be made is an error with its path", "[device]") {
  temp_folder state;
  std::ofstream(state.path() + "/run") << "a file";
  auto made = socket_folder::make(state.path());
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().context.find(state.path() + "/run") != std::string::npos);
}
