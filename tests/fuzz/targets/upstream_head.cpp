// Heads of upstreams' answers: one that passes is whole, its spans lie in it, its body's framing is beyond
// doubt, and Beast reads the same.
#include "tests/fuzz/beast_head.hpp"
#include "tests/fuzz/targets.hpp"

#include "providers/http/field_text.hpp"
#include "providers/http/response_head.hpp"

#include <algorithm>

namespace nearfar::fuzz {
namespace {

using providers::body_framing;
using providers::response_head;

bool inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

std::size_t fields_named(const response_head& head, std::string_view lower_case_name) {
  return static_cast<std::size_t>(std::count_if(head.fields.begin(), head.fields.end(), [&](const auto& f) {
    return providers::equal_fields(f.name, lower_case_name);
  }));
}

void check_framing(const response_head& head) {
  const auto lengths = fields_named(head, "content-length");
  const auto codings = fields_named(head, "transfer-encoding");
  require(lengths + codings <= 1, "one framing field at most");
  require(head.framing != body_framing::length || lengths == 1, "a length comes from its field");
  require(head.framing != body_framing::chunked || codings == 1, "chunked comes from its field");
  require(head.framing != body_framing::until_close || !head.keep_alive, "a body's end ends the connection");
}

// `text` is the last head alone: interim ones stand before it.
void compare(const response_head& head, std::string_view text) {
  const auto other = read_response_by_beast(text);
  require(other.whole, "what passes passes in Beast");
  require(other.status == head.status, "the status is the same");
  require(other.fields.size() == head.fields.size(), "as many fields");
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    require(other.fields[i].first == head.fields[i].name, "names are the same");
    require(other.fields[i].second == head.fields[i].value, "values are the same");
  }
}

std::size_t start_of_last(std::string_view text) {
  constexpr std::string_view end = "\r\n\r\n";
  const auto before = text.substr(0, text.size() - end.size()).rfind(end);
  return before == std::string_view::npos ? 0 : before + end.size();
}

}  // namespace

void upstream_head(std::string_view bytes) {
  static response_head head;
  const auto parsed = providers::parse_response_head(bytes, head);
  if (parsed.has_error()) {
    require(parsed.error().kind == routes::error_kind::bad_answer, "a refusal is the upstream's");
    return;
  }
  if (!*parsed) return;
  const std::size_t size = **parsed;
  require(size == head.size && size <= bytes.size() && bytes.substr(0, size).ends_with("\r\n\r\n"),
          "a head ends");
  require(head.status >= 200 && head.status <= 999, "a final status");
  const auto text = bytes.substr(0, size);
  for (const auto& field : head.fields)
    require(inside(field.name, text) && inside(field.value, text), "fields lie in it");
  check_framing(head);
  compare(head, text.substr(start_of_last(text)));

  response_head again;
  const auto shorter = providers::parse_response_head(text.substr(0, size - 1), again);
  require(shorter.has_value() && !*shorter, "one byte less is not yet a head");
}

}  // namespace nearfar::fuzz
