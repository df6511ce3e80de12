#include "config/watcher.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar::config;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct temporary_folder {
  temporary_folder() {
    std::string name = "/tmp/nearfar-watch-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  void write(const std::string& name) const { std::ofstream(path / name) << "version: 1\n"; }
  fs::path path;
};

bool has(const std::vector<watch_point>& points, const fs::path& folder, const std::string& name) {
  for (const auto& p : points) {
    if (p == watch_point{folder.string(), name}) return true;
  }
  return false;
}

const change_debounce::clock::time_point start{1000s};

}  // namespace

TEST_CASE("a plain file is watched by its name in its folder", "[P6]") {
  const temporary_folder f;
  f.write("nearfar.yaml");
  const auto points = watch_points((f.path / "nearfar.yaml").string());
  REQUIRE(points.size() == 1);
  CHECK(has(points, f.path, "nearfar.yaml"));
}

TEST_CASE("every symlink on the way is watched, as Kubernetes swaps them", "[P6]") {
  const temporary_folder f;
  fs::create_directory(f.path / "..2026_01");
  f.write("..2026_01/nearfar.yaml");
  fs::create_directory_symlink("..2026_01", f.path / "..data");
  fs::create_symlink("..data/nearfar.yaml", f.path / "nearfar.yaml");
  const auto points = watch_points((f.path / "nearfar.yaml").string());
  CHECK(points.size() == 3);
  CHECK(has(points, f.path, "nearfar.yaml"));
  CHECK(has(points, f.path, "..data"));
  CHECK(has(points, f.path / "..2026_01", "nearfar.yaml"));
}

TEST_CASE("a folder that is missing is waited for in the one above", "[P6]") {
  const temporary_folder f;
  const auto points = watch_points((f.path / "etc" / "nearfar" / "nearfar.yaml").string());
  REQUIRE(points.size() == 1);
  CHECK(has(points, f.path, "etc"));
}

TEST_CASE("links that run in a circle end") {
  const temporary_folder f;
  fs::create_symlink("b", f.path / "a");
  fs::create_symlink("a", f.path / "b");
  CHECK(watch_points((f.path / "a").string()).size() == 2);
}

TEST_CASE("the look comes 100 ms after the last event", "[P6]") {
  change_debounce d;
  CHECK_FALSE(d.due());
  d.event(file_event::moved, start);
  CHECK(d.due() == start + 100ms);
  d.event(file_event::written, start + 80ms);
  CHECK(d.due() == start + 180ms);
  d.looked();
  CHECK_FALSE(d.due());
}

TEST_CASE("a file that is saved again and again is looked at after two seconds all the same", "[P6]") {
  change_debounce d;
  for (auto t = 0ms; t < 3000ms; t += 50ms) d.event(file_event::written, start + t);
  CHECK(d.due() == start + 2s);
}

TEST_CASE("while a writer has the file open the look waits for the close", "[P6]") {
  change_debounce d;
  d.event(file_event::moved, start);
  d.event(file_event::writing, start + 50ms);
  CHECK(*d.due() > start + 5s);
  d.event(file_event::written, start + 700ms);
  CHECK(d.due() == start + 800ms);
}
