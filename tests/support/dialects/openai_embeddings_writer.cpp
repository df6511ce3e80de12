#include "tests/support/dialects/openai_embeddings_writer.hpp"

#include "tests/support/dialects/openai_rules.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <bit>
#include <iterator>

namespace nearfar::support {
namespace {

constexpr std::size_t usual_dimensions = 8;
constexpr std::size_t most_inputs = 2'048;

// Of an input's length: the same input has the same vector.
float element(std::size_t length, std::size_t i) {
  return static_cast<float>((length + i) % 16) / 16.0F - 0.5F;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? digits[group >> (18U - 6U * k) & 63U] : '=';
  }
  return out;
}

std::string vector_of(std::size_t length, std::size_t dimensions, bool packed) {
  std::string bytes;
  std::string list;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const float value = element(length, i);
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ",", value);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned k = 0; k < 4; ++k) bytes += static_cast<char>(bits >> (8 * k) & 0xFFU);
  }
  return packed ? "\"" + base64(bytes) + "\"" : "[" + list + "]";
}

std::vector<std::size_t> input_lengths(const json::value& input) {
  if (const auto* text = input.if_string()) return {text->size()};
  const auto* list = input.if_array();
  if (list == nullptr || list->empty()) return {};
  if (list->front().is_number()) return {list->size()};
  std::vector<std::size_t> out;
  for (const auto& v : *list)
    out.push_back(v.is_string() ? v.get_string().size() : v.is_array() ? v.get_array().size() : 0);
  return out;
}

std::optional<refusal> refuses(const incoming& in, const json::object& top) {
  if (auto wrong = openai_key_refuses(in.head)) return wrong;
  const auto name = unknown_name(top, {"input", "model", "dimensions", "encoding_format", "user"});
  if (!name.empty()) return openai_unknown_field(name);
  const auto format = text_member(top, "encoding_format");
  if (!format.empty() && !one_of(format, {"float", "base64"}))
    return openai_refusal(
        fmt::format("Invalid value: '{}'. Supported values are: 'float' and 'base64'.", format),
        "invalid_value", "encoding_format");
  return std::nullopt;
}

}  // namespace

bool openai_embeddings_writer::serves(std::string_view path) const {
  return path.ends_with("/embeddings");
}

boost::system::result<answer_request, refusal> openai_embeddings_writer::read(const incoming& in) const {
  const auto top = parsed_object(in.body);
  if (!top) return openai_refusal("We could not parse the JSON body of your request.");
  if (text_member(*top, "model").empty()) return openai_refusal("you must provide a model parameter");
  if (strict(in, true)) {
    if (auto wrong = refuses(in, *top)) return std::move(*wrong);
  }
  const auto* input = top->if_contains("input");
  const auto lengths = input == nullptr ? std::vector<std::size_t>{} : input_lengths(*input);
  if (lengths.empty() || lengths.size() > most_inputs || lengths.front() == 0)
    return openai_refusal("'$.input' is invalid. Please check the API reference.", {}, "input");
  auto dimensions = count_member(*top, "dimensions");
  if (dimensions == 0) dimensions = usual_dimensions;
  std::string data;
  std::size_t total = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    total += 1 + lengths[i] / 4;
    fmt::format_to(std::back_inserter(data), R"({}{{"object":"embedding","index":{},"embedding":{}}})",
                   i == 0 ? "" : ",", i,
                   vector_of(lengths[i], dimensions, text_member(*top, "encoding_format") == "base64"));
  }
  answer_request out;
  out.model = text_member(*top, "model");
  std::string model;
  append_json_string(model, out.model);
  const auto tokens = in.how.usage ? in.how.usage->prompt_tokens : total;
  out.prompt_tokens = tokens;
  out.whole = fmt::format(
      R"({{"object":"list","data":[{}],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})", data,
      model, tokens, tokens);
  return out;
}

}  // namespace nearfar::support
