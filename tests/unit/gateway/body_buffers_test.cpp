#include "gateway/body_buffers.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;

namespace {

constexpr std::size_t megabyte = 1024 * 1024;

struct one_core {
  providers::asio::io_context io{1};
  providers::deadline_queue deadlines{io.get_executor()};
  gateway::body_buffers bodies{deadlines, std::chrono::milliseconds(1)};
};

}  // namespace

TEST_CASE("a body's buffer serves the next body of about its size") {
  one_core on;
  auto first = on.bodies.take(5 * megabyte);
  REQUIRE(first.size >= 5 * megabyte);
  const char* const bytes = first.bytes.get();
  on.bodies.give_back(std::move(first));
  CHECK(on.bodies.kept() >= 5 * megabyte);
  const auto again = on.bodies.take(5 * megabyte - 3);
  CHECK(again.bytes.get() == bytes);
  CHECK(on.bodies.kept() == 0);
}

TEST_CASE("the smallest buffer that is large enough is taken, never a smaller one") {
  one_core on;
  auto small = on.bodies.take(megabyte);
  auto large = on.bodies.take(4 * megabyte);
  const char* const of_small = small.bytes.get();
  on.bodies.give_back(std::move(large));
  on.bodies.give_back(std::move(small));
  CHECK(on.bodies.take(megabyte).bytes.get() == of_small);
  CHECK(on.bodies.take(5 * megabyte).size >= 5 * megabyte);
}

TEST_CASE("no more than 32 MiB are kept, and none of it for long", "[P8]") {
  one_core on;
  auto one = on.bodies.take(20 * megabyte);
  auto other = on.bodies.take(20 * megabyte);
  on.bodies.give_back(std::move(one));
  on.bodies.give_back(std::move(other));
  on.bodies.give_back({});
  CHECK(on.bodies.kept() == 20 * megabyte);
  on.io.run();
  CHECK(on.bodies.kept() == 0);
}
