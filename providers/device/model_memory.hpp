// How much memory a model will take, told from its file before it is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers {

// The figures of a GGUF header that decide the size of the key-value cache. Zero: not in the header.
struct gguf_shape {
  std::uint64_t layers = 0;           // <arch>.block_count
  std::uint64_t heads = 0;            // <arch>.attention.head_count
  std::uint64_t kv_heads = 0;         // <arch>.attention.head_count_kv; absent: heads
  std::uint64_t width = 0;            // <arch>.embedding_length
  std::uint64_t key_length = 0;       // <arch>.attention.key_length; absent: width / heads
  std::uint64_t value_length = 0;     // <arch>.attention.value_length; absent: width / heads
  std::uint64_t trained_context = 0;  // <arch>.context_length
};

// Reads metadata (GGUF version 2 and 3, ggml's docs/gguf.md) as far as `bytes` go. Nullopt: no GGUF.
// Sans-I/O.
std::optional<gguf_shape> read_gguf_shape(std::string_view bytes);

// Bytes of an f16 key-value cache of `context` tokens (0: the trained context).
std::uint64_t kv_cache_size(const gguf_shape& shape, std::uint64_t context);

// File, key-value cache and what the server itself takes. Reads the front of the file; a file that is
// no GGUF is estimated by its size alone. 0: no such file.
std::uint64_t estimate_model_memory(const std::string& file, std::optional<std::uint64_t> context);

}  // namespace nearfar::providers
