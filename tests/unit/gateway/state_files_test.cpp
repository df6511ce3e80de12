// Files that must never be seen half written, and what may not be written at all.
#include "gateway/state_files.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar;

namespace {

struct temporary_folder {
  temporary_folder() {
    path = "/tmp/nearfar-test-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string text_of(const std::string& path) {
  std::string why;
  return gateway::read_whole(path, why).value_or("(" + why + ")");
}

// In a child that is nobody in particular: root may write everything. True: it did not write, and said so.
bool is_refused_to_others(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    const auto why = gateway::write_atomically(path, "new", 0600);
    ::_exit(why.find("cannot be written: ") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a read-only file is not written, though its folder would let it be replaced", "[gateway]") {
  const temporary_folder folder;
  ::chmod(folder.path.c_str(), 0777);
  const auto file = folder.path + "/policy.yaml";
  std::ofstream(file) << "old";
  ::chmod(file.c_str(), 0444);
  CHECK(is_refused_to_others(file));
  CHECK(text_of(file) == "old");
}

TEST_CASE("a file in a read-only folder is not written", "[gateway]") {
  const temporary_folder folder;
  const auto file = folder.path + "/policy.yaml";
  std::ofstream(file) << "old";
  ::chmod(file.c_str(), 0666);
  ::chmod(folder.path.c_str(), 0555);
  CHECK(is_refused_to_others(file));
  CHECK(text_of(file) == "old");
  ::chmod(folder.path.c_str(), 0755);
}

TEST_CASE("a file that is written keeps its mode, and a link to it stays one", "[gateway]") {
  const temporary_folder folder;
  const auto file = folder.path + "/policy.yaml";
  const auto link = folder.path + "/link.yaml";
  std::ofstream(file) << "old";
  ::chmod(file.c_str(), 0640);
  std::filesystem::create_symlink("policy.yaml", link);
  CHECK(gateway::write_atomically(link, "new", 0600).empty());
  CHECK(std::filesystem::is_symlink(link));
  CHECK(text_of(file) == "new");
  struct stat is{};
  REQUIRE(::stat(file.c_str(), &is) == 0);
  CHECK((is.st_mode & 0777U) == 0640U);
}
