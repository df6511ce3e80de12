#include "providers/device/model_memory.hpp"

#include "tests/unit/providers/device/tier_helper.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

using namespace nearfar::providers;

namespace {

constexpr std::uint64_t mib = 1ULL << 20;

// A GGUF header by hand, field by field.
class header {
 public:
  header(std::uint32_t version, std::uint64_t keys) : bytes_("GGUF") {
    number(version, 4).number(0, 8).number(keys, 8);
  }
  header& number(std::uint64_t n, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<char>((n >> (8 * i)) & 0xff));
    return *this;
  }
  header& text(const std::string& t) {
    number(t.size(), 8);
    bytes_ += t;
    return *this;
  }
  header& u32(const std::string& key, std::uint32_t value) { return text(key).number(4, 4).number(value, 4); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The figures of Qwen3-0.6B.
std::string qwen_header() {
  header h(3, 9);
  h.text("general.architecture").number(8, 4).text("qwen3");
  h.text("general.tags").number(9, 4).number(8, 4).number(2, 8).text("a").text("b");
  h.u32("qwen3.block_count", 28).u32("qwen3.context_length", 40960).u32("qwen3.embedding_length", 1024);
  h.u32("qwen3.attention.head_count", 16).u32("qwen3.attention.head_count_kv", 8);
  h.u32("qwen3.attention.key_length", 128).u32("qwen3.attention.value_length", 128);
  return h.bytes();
}

}  // namespace

TEST_CASE("the shape of a model is read from its header", "[device]") {
  const auto shape = read_gguf_shape(qwen_header());
  REQUIRE(shape);
  CHECK(shape->layers == 28);
  CHECK(shape->heads == 16);
  CHECK(shape->kv_heads == 8);
  CHECK(shape->key_length == 128);
  CHECK(shape->trained_context == 40960);
  // 28 layers x 8 heads x (128 + 128) x 2 bytes = 112 KiB a token.
  CHECK(kv_cache_size(*shape, 8192) == 896 * mib);
  CHECK(kv_cache_size(*shape, 0) == 4480 * mib);
}

TEST_CASE("where head sizes are not given they follow from the width", "[device]") {
  gguf_shape shape;
  shape.layers = 4;
  shape.heads = 6;
  shape.kv_heads = 2;
  shape.width = 192;
  CHECK(kv_cache_size(shape, 1024) == 4 * 2 * (32 + 32) * 2 * 1024);
  shape.kv_heads = 0;
  CHECK(kv_cache_size(shape, 1024) == 4 * 6 * (32 + 32) * 2 * 1024);
}

TEST_CASE("what is no GGUF has no shape, and a cut header gives what it holds", "[device]") {
  CHECK_FALSE(read_gguf_shape(""));
  CHECK_FALSE(read_gguf_shape("GGUF"));
  CHECK_FALSE(read_gguf_shape("GGML but something else entirely"));
  CHECK_FALSE(read_gguf_shape(header(1, 0).bytes()));
  const auto whole = qwen_header();
  for (std::size_t cut = 24; cut < whole.size(); ++cut) {
    const auto shape = read_gguf_shape(whole.substr(0, cut));
    REQUIRE(shape);
    CHECK((shape->layers == 0 || shape->layers == 28));
    CHECK((shape->value_length == 0));
  }
}

TEST_CASE("a damaged header neither hangs nor overflows", "[device]") {
  header lengths(3, ~0ULL);
  lengths.number(~0ULL, 8);
  CHECK(read_gguf_shape(lengths.bytes()));
  header arrays(3, 1);
  arrays.text("x").number(9, 4).number(10, 4).number(~0ULL, 8);
  CHECK(read_gguf_shape(arrays.bytes()));
  header huge(3, 2);
  huge.u32("x.block_count", ~0U).u32("x.attention.head_count", 0);
  const auto shape = read_gguf_shape(huge.bytes());
  REQUIRE(shape);
  CHECK(shape->layers == 0);
  gguf_shape most;
  most.layers = most.heads = most.kv_heads = most.key_length = most.value_length = 1ULL << 20;
  CHECK(kv_cache_size(most, 1ULL << 30) > 1ULL << 60);
}

TEST_CASE("the shipped model is estimated by its file, its cache and the server", "[device]") {
  const auto file = nearfar::tests::tiny_model();
  const auto size = std::filesystem::file_size(file);
  // 4 layers x 2 heads x (32 + 32) x 2 bytes x 1024 tokens = 1 MiB.
  CHECK(estimate_model_memory(file, std::nullopt) == size + 64 * mib + mib);
  CHECK(estimate_model_memory(file, 512) == size + 64 * mib + mib / 2);
  CHECK(estimate_model_memory("/nowhere", 512) == 0);
}
