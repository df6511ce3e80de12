#include "gateway/revision_store.hpp"

#include "gateway/state_files.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar::gateway;
namespace fs = std::filesystem;

namespace {

struct temporary_folder {
  temporary_folder() {
    std::string name = "/tmp/nearfar-revisions-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string path;
};

std::string whole(const std::string& path) {
  std::string why;
  return read_whole(path, why).value_or("unreadable: " + why);
}

mode_t mode_of(const std::string& path) {
  struct stat is{};
  REQUIRE(::stat(path.c_str(), &is) == 0);
  return is.st_mode & 0777U;
}

}  // namespace

TEST_CASE("what came into force is kept in order, and undo goes one back", "[P6]") {
  const temporary_folder f;
  revision_store store(f.path + "/revisions");
  CHECK_FALSE(store.before_current());
  CHECK(store.enter("aaaaaaaaaaaa", "a").empty());
  CHECK(store.enter("bbbbbbbbbbbb", "b").empty());
  CHECK(store.enter("bbbbbbbbbbbb", "b").empty());
  const auto all = store.all();
  REQUIRE(all.size() == 2);
  CHECK(all.back().current);
  const auto before = store.before_current();
  REQUIRE(before);
  std::string why;
  CHECK(store.text(*before, why) == "a");
  CHECK(mode_of(f.path + "/revisions/00000001-aaaaaaaaaaaa.yaml") == 0600U);
  CHECK(mode_of(f.path + "/revisions") == 0700U);
}

TEST_CASE("after an undo the next edit goes to the end, and nothing is lost", "[P6]") {
  const temporary_folder f;
  revision_store store(f.path);
  for (const auto* r : {"aaaaaaaaaaaa", "bbbbbbbbbbbb"}) CHECK(store.enter(r, r).empty());
  store.go_to(*store.before_current());
  CHECK(store.enter("aaaaaaaaaaaa", "a").empty());
  CHECK(store.all().size() == 2);
  CHECK(store.enter("cccccccccccc", "c").empty());
  CHECK(store.all().size() == 3);
  CHECK(store.all().back().revision == "cccccccccccc");
}

TEST_CASE("a restart goes on where the last run ended") {
  const temporary_folder f;
  {
    revision_store store(f.path);
    CHECK(store.enter("aaaaaaaaaaaa", "a").empty());
  }
  revision_store store(f.path);
  CHECK(store.enter("aaaaaaaaaaaa", "a").empty());
  CHECK(store.all().size() == 1);
  CHECK(store.all().front().current);
}

TEST_CASE("the oldest go when there are too many") {
  const temporary_folder f;
  revision_store store(f.path, 3);
  for (const auto* r : {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc", "dddddddddddd", "eeeeeeeeeeee"}) {
    CHECK(store.enter(r, r).empty());
  }
  const auto all = store.all();
  REQUIRE(all.size() == 3);
  CHECK(all.front().revision == "cccccccccccc");
  CHECK(all.back().number == 5);
}

TEST_CASE("an atomic write keeps mode and link of what it replaces", "[P6]") {
  const temporary_folder f;
  const auto file = f.path + "/real.yaml";
  std::ofstream(file) << "old";
  ::chmod(file.c_str(), 0640);
  fs::create_symlink("real.yaml", f.path + "/link.yaml");
  CHECK(write_atomically(f.path + "/link.yaml", "new", 0600).empty());
  CHECK(fs::is_symlink(f.path + "/link.yaml"));
  CHECK(whole(file) == "new");
  CHECK(mode_of(file) == 0640U);
  CHECK(write_atomically(f.path + "/fresh", "x", 0600).empty());
  CHECK(mode_of(f.path + "/fresh") == 0600U);
  // Nothing of the way there is left behind.
  CHECK(std::distance(fs::directory_iterator(f.path), fs::directory_iterator()) == 3);
  CHECK(write_atomically(f.path + "/absent/file", "x", 0600).find("cannot be written") != std::string::npos);
}
