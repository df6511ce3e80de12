// Two readers of one head: heads of the corpus, changed at random from a fixed seed, go through the targets,
// which hold every head that passes against Beast's reading.
#include "gateway/request_head.hpp"
#include "providers/http/response_head.hpp"
#include "tests/fuzz/beast_head.hpp"
#include "tests/fuzz/targets.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace nearfar;

namespace {

using random = std::mt19937;

std::vector<std::string> heads_of(const std::string& corpus) {
  std::vector<std::string> all;
  for (const auto& entry :
       std::filesystem::directory_iterator(NEARFAR_SOURCE_DIR "/tests/fuzz/corpus/" + corpus)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    // Long ones add time and no kind of line.
    if (bytes.size() < 1024 && entry.path().extension() != ".md") all.push_back(std::move(bytes));
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t below(std::size_t end, random& by) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(by);
}

// What readers are apt to take in two ways.
constexpr std::string_view pieces[] = {"\r\n",
                                       "\n",
                                       "\r",
                                       " ",
                                       "\t",
                                       ":",
                                       ",",
                                       std::string_view("\0", 1),
                                       "\x7f",
                                       "\x80",
                                       "\x0b",
                                       "#",
                                       "chunked",
                                       "0",
                                       "+1",
                                       "identity",
                                       "close",
                                       "x-a",
                                       "\r\n ",
                                       "\r\n\t",
                                       "Content-Length: 1\r\n",
                                       "Transfer-Encoding: chunked\r\n",
                                       "Host: a\r\n",
                                       "Connection: x-a\r\n",
                                       "Connection: a b\r\n",
                                       "Proxy-Connection: @\r\n",
                                       "\r\n\r\n"};

void change(std::string& head, random& by) {
  if (head.empty()) return;
  const auto at = below(head.size(), by);
  switch (below(5, by)) {
    case 0:
      head[at] = static_cast<char>(below(256, by));
      break;
    case 1:
      head.erase(at, 1 + below(4, by));
      break;
    case 2:
      head.insert(at, pieces[below(std::size(pieces), by)]);
      break;
    case 3: {  // a line twice
      const auto from = head.rfind('\n', at) == std::string::npos ? 0 : head.rfind('\n', at) + 1;
      const auto to = head.find('\n', at);
      if (to != std::string::npos && to >= from) head.insert(from, head.substr(from, to + 1 - from));
      break;
    }
    default: {  // a piece between lines
      const auto line = head.find('\n', at);
      if (line != std::string::npos) head.insert(line + 1, pieces[below(std::size(pieces), by)]);
      break;
    }
  }
}

struct tally {
  unsigned passed = 0;
  unsigned refused = 0;
  unsigned by_us_alone = 0;  // Beast takes them
};

template <class Run, class Passes, class Beast>
tally try_many(const std::string& corpus, Run run, Passes passes, Beast beast) {
  const auto seeds = heads_of(corpus);
  REQUIRE(seeds.size() > 20);
  random by(20240611);
  tally out;
  for (unsigned i = 0; i < 30'000; ++i) {
    std::string head = seeds[below(seeds.size(), by)];
    for (auto times = 1 + below(3, by); times > 0; --times) change(head, by);
    // A block of exactly its size: a sanitizer sees any read beyond it.
    const std::vector<char> exact(head.begin(), head.end());
    const std::string_view bytes(exact.data(), exact.size());
    run(bytes);
    const bool passed = passes(bytes);
    ++(passed ? out.passed : out.refused);
    const auto end = bytes.find("\r\n\r\n");
    if (!passed && end != std::string_view::npos && beast(bytes.substr(0, end + 4)).whole) ++out.by_us_alone;
  }
  return out;
}

}  // namespace

TEST_CASE("a request's head that passes is read alike by Beast, and what Beast refuses is refused", "[P2]") {
  gateway::request_head head;
  const auto got = try_many(
      "ingress", fuzz::ingress,
      [&](std::string_view bytes) {
        const auto parsed = gateway::parse_request_head(bytes, head);
        return parsed && *parsed;
      },
      fuzz::read_request_by_beast);
  CHECK(got.passed > 1'500);
  CHECK(got.refused > 3'000);
  CHECK(got.by_us_alone > 300);
}

TEST_CASE("a response's head that passes is read alike by Beast, and what Beast refuses is refused", "[P2]") {
  providers::response_head head;
  const auto got = try_many(
      "upstream_head", fuzz::upstream_head,
      [&](std::string_view bytes) {
        const auto parsed = providers::parse_response_head(bytes, head);
        return parsed && *parsed;
      },
      fuzz::read_response_by_beast);
  CHECK(got.passed > 1'500);
  CHECK(got.refused > 3'000);
  CHECK(got.by_us_alone > 300);
}
