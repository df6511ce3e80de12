#include "providers/device/model_memory.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace nearfar::providers {

namespace {

// Measured with llama.cpp 0.7.0 on a 2 MB model: 32 MB resident after an answer. Compute buffers of
// larger models add tens of megabytes more.
constexpr std::uint64_t server_itself = 64ULL << 20;
// The keys that matter stand before the tokenizer's arrays in the files of every known writer.
constexpr std::size_t header_read = 256 * 1024;
constexpr std::uint64_t bytes_per_f16 = 2;
// Over these a figure is damage, not a model; the product of all stays within 64 bits.
constexpr std::uint64_t largest_figure = 1ULL << 20;
constexpr std::uint64_t largest_context = 1ULL << 30;

enum value_type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

std::size_t fixed_size(std::uint32_t type) {
  switch (type) {
    case u8:
    case i8:
    case boolean:
      return 1;
    case u16:
    case i16:
      return 2;
    case u32:
    case i32:
    case f32:
      return 4;
    case u64:
    case i64:
    case f64:
      return 8;
    default:
      return 0;
  }
}

// Little-endian fields from the front; `good` turns false where the bytes end.
struct field_reader {
  std::string_view left;
  bool good = true;

  std::uint64_t number(std::size_t size) {
    std::uint64_t n = 0;
    if (left.size() < size) {
      good = false;
      return 0;
    }
    for (std::size_t i = 0; i < size; ++i) n |= std::uint64_t{static_cast<unsigned char>(left[i])} << (8 * i);
    left.remove_prefix(size);
    return n;
  }

  std::string_view take(std::uint64_t size) {
    if (left.size() < size) {
      good = false;
      return {};
    }
    const auto piece = left.substr(0, static_cast<std::size_t>(size));
    left.remove_prefix(piece.size());
    return piece;
  }

  void skip_array() {
    const auto type = static_cast<std::uint32_t>(number(4));
    const auto count = number(8);
    if (type == text) {
      for (std::uint64_t i = 0; good && i < count; ++i) take(number(8));
    } else if (const auto size = fixed_size(type); size != 0 && count <= left.size() / size) {
      take(count * size);
    } else {
      good = false;
    }
  }
};

void note(gguf_shape& shape, std::string_view key, std::uint64_t value) {
  if (value > largest_context) return;
  if (key.ends_with(".context_length")) shape.trained_context = value;
  if (value > largest_figure) return;
  if (key.ends_with(".block_count")) shape.layers = value;
  if (key.ends_with(".embedding_length")) shape.width = value;
  if (key.ends_with(".attention.head_count")) shape.heads = value;
  if (key.ends_with(".attention.head_count_kv")) shape.kv_heads = value;
  if (key.ends_with(".attention.key_length")) shape.key_length = value;
  if (key.ends_with(".attention.value_length")) shape.value_length = value;
}

}  // namespace

std::optional<gguf_shape> read_gguf_shape(std::string_view bytes) {
  field_reader in{bytes};
  if (in.take(4) != "GGUF") return std::nullopt;
  const auto version = in.number(4);
  in.number(8);  // tensors
  const auto keys = in.number(8);
  if (!in.good || version < 2 || version > 3) return std::nullopt;
  gguf_shape shape;
  for (std::uint64_t i = 0; i < keys && in.good; ++i) {
    const auto key = in.take(in.number(8));
    const auto type = static_cast<std::uint32_t>(in.number(4));
    if (type == text) {
      in.take(in.number(8));
    } else if (type == array) {
      in.skip_array();
    } else if (const auto size = fixed_size(type); size != 0) {
      const auto value = in.number(size);
      if (in.good && (type == u32 || type == i32 || type == u64 || type == i64)) note(shape, key, value);
    } else {
      in.good = false;
    }
  }
  return shape;
}

std::uint64_t kv_cache_size(const gguf_shape& shape, std::uint64_t context) {
  if (context == 0) context = shape.trained_context;
  const auto heads = shape.kv_heads != 0 ? shape.kv_heads : shape.heads;
  const auto head_size = shape.heads != 0 ? shape.width / shape.heads : 0;
  const auto key = shape.key_length != 0 ? shape.key_length : head_size;
  const auto value = shape.value_length != 0 ? shape.value_length : head_size;
  const auto per_token = static_cast<long double>(shape.layers) * static_cast<long double>(heads) *
                         static_cast<long double>(key + value) * bytes_per_f16;
  const auto all = per_token * static_cast<long double>(context);
  constexpr auto most = std::numeric_limits<std::uint64_t>::max() / 4;
  return all < static_cast<long double>(most) ? static_cast<std::uint64_t>(all) : most;
}

std::uint64_t estimate_model_memory(const std::string& file, std::optional<std::uint64_t> context) {
  std::error_code ec;
  const auto size = std::filesystem::file_size(file, ec);
  if (ec) return 0;
  std::string front(header_read, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(front.data(), static_cast<std::streamsize>(front.size()));
  front.resize(static_cast<std::size_t>(in.gcount()));
  const auto shape = read_gguf_shape(front);
  return size + server_itself + (shape ? kv_cache_size(*shape, context.value_or(0)) : 0);
}

}  // namespace nearfar::providers
