#include "tests/support/dialects/opaque_writer.hpp"

#include "tests/support/dialects/openai_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace nearfar::support {
namespace {

constexpr std::array<std::string_view, 8> routes = {
    "/audio/transcriptions", "/audio/translations", "/audio/speech", "/images/generations",
    "/images/edits",         "/images/variations",  "/moderations",  "/rerank"};
constexpr std::string_view pixel_png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

// The value of a field of multipart/form-data; nothing: it is not there.
std::optional<std::string_view> form_field(std::string_view body, std::string_view name) {
  const auto wanted = fmt::format("name=\"{}\"", name);
  const auto at = body.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  const auto head_end = body.find("\r\n\r\n", at);
  if (head_end == std::string_view::npos) return std::nullopt;
  const auto start = head_end + 4;
  const auto end = body.find("\r\n--", start);
  if (end == std::string_view::npos) return std::nullopt;
  return body.substr(start, end - start);
}

boost::system::result<answer_request, refusal> transcription(const incoming& in, answer_request out) {
  const auto type = in.head.field("content-type");
  const auto mark = type.find("boundary=");
  if (!type.starts_with("multipart/form-data") || mark == std::string_view::npos)
    return openai_refusal("Invalid content type. Expected multipart/form-data.");
  auto boundary = type.substr(mark + std::string_view("boundary=").size());
  if (boundary.starts_with('"')) boundary = boundary.substr(1, boundary.rfind('"') - 1);
  if (in.body.find(fmt::format("--{}--", boundary)) == std::string_view::npos)
    return openai_refusal("Could not parse multipart form");
  const auto model = form_field(in.body, "model");
  if (!model) return openai_refusal("you must provide a model parameter");
  const auto file = form_field(in.body, in.head.path().ends_with("edits") ? "image" : "file");
  if (!file || file->empty())
    return openai_refusal("Missing required parameter: 'file'.", "missing_required_parameter", "file");
  out.model = *model;
  const auto text = in.how.text.empty() ? fmt::format("{} bytes heard", file->size()) : in.how.text;
  out.whole = json::serialize(json::object{{"text", text}});
  return out;
}

std::string image_answer(const json::object& top) {
  const auto count = std::max<std::uint64_t>(1, count_member(top, "n"));
  std::string data;
  for (std::uint64_t i = 0; i < count; ++i)
    fmt::format_to(std::back_inserter(data), R"({}{{"b64_json":"{}"}})", i == 0 ? "" : ",", pixel_png);
  return fmt::format(R"({{"created":1760000000,"data":[{}],"usage":{{"input_tokens":10,"output_tokens":20,)"
                     R"("total_tokens":30}}}})",
                     data);
}

std::string moderation_answer(const json::object& top) {
  const auto* list = array_member(top, "input");
  std::string results;
  for (std::size_t i = 0; i < (list == nullptr ? 1 : list->size()); ++i)
    results += std::string(i == 0 ? "" : ",") +
               R"({"flagged":false,"categories":{"violence":false},"category_scores":{"violence":0.01}})";
  return fmt::format(R"({{"id":"modr-1","model":"moderation","results":[{}]}})", results);
}

// The documents in the order given, each less relevant than the one before.
std::string rerank_answer(const json::array& documents, std::uint64_t top_n) {
  const auto count = top_n == 0 ? documents.size() : std::min<std::size_t>(documents.size(), top_n);
  std::string results;
  for (std::size_t i = 0; i < count; ++i)
    fmt::format_to(std::back_inserter(results), R"({}{{"index":{},"relevance_score":{:.3f}}})",
                   i == 0 ? "" : ",", i, 1.0 / static_cast<double>(i + 1));
  return fmt::format(R"({{"id":"rerank-1","results":[{}],"usage":{{"total_tokens":10}}}})", results);
}

}  // namespace

bool opaque_writer::serves(std::string_view path) const {
  return std::any_of(routes.begin(), routes.end(), [&](std::string_view r) { return path.ends_with(r); });
}

boost::system::result<answer_request, refusal> opaque_writer::read(const incoming& in) const {
  if (strict(in, true)) {
    if (auto wrong = openai_key_refuses(in.head)) return std::move(*wrong);
  }
  const auto path = in.head.path();
  answer_request out;
  const bool form = in.head.field("content-type").starts_with("multipart/");
  if (path.find("/audio/trans") != std::string_view::npos) return transcription(in, std::move(out));
  if (form && path.find("/images/") != std::string_view::npos) {
    const auto model = form_field(in.body, "model");
    if (!model) return openai_refusal("you must provide a model parameter");
    out.model = *model;
    out.whole = image_answer({});
    return out;
  }
  const auto top = parsed_object(in.body);
  if (!top) return openai_refusal("We could not parse the JSON body of your request.");
  out.model = text_member(*top, "model");
  const auto needs = [&](std::string_view name) { return given(*top, name); };
  const auto missing = [](const std::string& name) {
    return openai_refusal("Missing required parameter: '" + name + "'.", "missing_required_parameter", name);
  };
  if (path.ends_with("/audio/speech")) {
    if (!needs("model")) return missing("model");
    if (!needs("input")) return missing("input");
    if (!needs("voice")) return missing("voice");
    out.whole = "ID3 " + std::string(text_member(*top, "input"));  // as long as the text: a test sees which
    out.whole_type = "audio/mpeg";
  } else if (path.ends_with("/moderations")) {
    if (!needs("input")) return missing("input");
    out.whole = moderation_answer(*top);
  } else if (path.ends_with("/rerank")) {
    const auto* documents = array_member(*top, "documents");
    if (!needs("query")) return missing("query");
    if (documents == nullptr || documents->empty()) return missing("documents");
    out.whole = rerank_answer(*documents, count_member(*top, "top_n"));
  } else {
    if (!needs("prompt")) return missing("prompt");
    out.whole = image_answer(*top);
  }
  return out;
}

}  // namespace nearfar::support
