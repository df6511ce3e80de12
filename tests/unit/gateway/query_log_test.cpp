#include "gateway/query_log.hpp"

#include "gateway/log.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <optional>
#include <string>

using namespace nearfar;

namespace {

// Standard error for as long as it lives; a pipe that nobody has to read.
class captured_errors {
 public:
  captured_errors() : before_(::dup(STDERR_FILENO)) {
    REQUIRE(::pipe2(pipe_.data(), O_CLOEXEC) == 0);
    REQUIRE(::fcntl(pipe_[0], F_SETFL, O_NONBLOCK) == 0);
    REQUIRE(::dup2(pipe_[1], STDERR_FILENO) == STDERR_FILENO);
  }
  ~captured_errors() {
    ::dup2(before_, STDERR_FILENO);
    for (const int fd : {before_, pipe_[0], pipe_[1]}) ::close(fd);
  }
  // What came since the last call.
  std::string text() {
    std::string out;
    std::array<char, 4096> piece;
    for (;;) {
      const ssize_t got = ::read(pipe_[0], piece.data(), piece.size());
      if (got <= 0) return out;
      out.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int before_;
  std::array<int, 2> pipe_{};
};

struct one_core {
  providers::asio::io_context io{1};
  providers::deadline_queue deadlines{io.get_executor()};
};

}  // namespace

TEST_CASE("queries' lines wait for each other and come out in order when the clock says so") {
  one_core on;
  gateway::query_log log(on.deadlines);
  captured_errors errors;
  log.add("{\"a\":1}");
  log.add("{\"a\":2}");
  CHECK(errors.text().empty());
  on.io.run();
  CHECK(errors.text() == "{\"a\":1}\n{\"a\":2}\n");
}

TEST_CASE("a log with nothing to write arms no clock", "[P8]") {
  one_core on;
  gateway::query_log log(on.deadlines);
  CHECK(on.io.run() == 0);
  captured_errors errors;
  log.add("{}");
  log.rest();
  on.deadlines.rest();
  on.io.restart();
  on.io.poll();
  CHECK(errors.text() == "{}\n");
  CHECK(on.io.stopped());
}

TEST_CASE("many lines are written before their time is over") {
  one_core on;
  gateway::query_log log(on.deadlines);
  captured_errors errors;
  const std::string line(1000, 'x');
  std::size_t lines = 0;
  while (lines * (line.size() + 1) < gateway::query_log::most_bytes) {
    CHECK(errors.text().empty());
    log.add(line);
    ++lines;
  }
  CHECK(errors.text().size() == lines * (line.size() + 1));
}

TEST_CASE("an event's line stands behind the lines of the queries before it, of every core") {
  one_core first;
  one_core second;
  gateway::query_log one(first.deadlines);
  gateway::query_log other(second.deadlines);
  captured_errors errors;
  one.add("one");
  other.add("other");
  gateway::log_event(gateway::log_level::error, "the \"event\"", "why");
  const auto text = errors.text();
  CHECK(text.starts_with("one\nother\n{\"at\":\""));
  CHECK(text.ends_with("\"level\":\"error\",\"event\":\"the \\\"event\\\"\",\"detail\":\"why\"}\n"));
}

TEST_CASE("a log that ends writes what waits") {
  one_core on;
  std::optional<gateway::query_log> log(std::in_place, on.deadlines);
  captured_errors errors;
  log->add("last");
  log.reset();
  CHECK(errors.text() == "last\n");
  gateway::query_log::flush_all();
  CHECK(errors.text().empty());
}
