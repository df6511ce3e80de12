// The ingress guard: a head that passes must pass in the same way however it arrived, and must look
// framed to the plainest reader, and Beast must read the same.
#include "tests/fuzz/beast_head.hpp"
#include "tests/fuzz/targets.hpp"

#include "gateway/request_head.hpp"
#include "providers/http/field_text.hpp"

namespace nearfar::fuzz {
namespace {

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || part == "/" || part == "*" ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::size_t fields_named(const gateway::request_head& head, std::string_view lower_case_name) {
  std::size_t count = 0;
  for (const auto& field : head.fields) count += providers::equal_fields(field.name, lower_case_name) ? 1 : 0;
  return count;
}

void check_framing(const gateway::request_head& head, std::string_view text) {
  const auto lengths = fields_named(head, "content-length");
  const auto codings = fields_named(head, "transfer-encoding");
  require(lengths + codings <= 1, "one framing field at most");
  require(head.content_length.has_value() == (lengths == 1), "a length comes from its field");
  require(head.chunked == (codings == 1), "chunked comes from its field");
  require(!head.chunked || head.version == 11, "chunked on HTTP/1.1 only");
  require(fields_named(head, "host") == 1 || (head.version == 10 && fields_named(head, "host") == 0),
          "one Host");
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    require(at > 0 && text[at - 1] == '\r', "every line ends with CR LF");
  }
  require(text.find("\n ") == std::string_view::npos && text.find("\n\t") == std::string_view::npos,
          "no folded line");
}

// Beast reads no empty line before the request line.
void compare(const gateway::request_head& head, std::string_view text) {
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  const auto other = read_request_by_beast(text);
  require(other.whole, "what passes passes in Beast");
  require(other.method == head.method && other.target == head.target, "the request line is the same");
  require(other.version == head.version, "the version is the same");
  require(other.fields.size() == head.fields.size(), "as many fields");
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    require(other.fields[i].first == head.fields[i].name, "names are the same");
    require(other.fields[i].second == head.fields[i].value, "values are the same");
  }
}

}  // namespace

void ingress(std::string_view bytes) {
  static gateway::request_head head;
  const auto parsed = gateway::parse_request_head(bytes, head);
  if (parsed.has_error()) {
    require(parsed.error().status >= 400 && parsed.error().status < 600, "a refusal has a status");
    require(!parsed.error().message.empty(), "a refusal has a message");
    return;
  }
  if (!*parsed) return;
  const std::size_t size = **parsed;
  require(size == head.size && size <= bytes.size() && bytes.substr(0, size).ends_with("\r\n\r\n"),
          "a head ends");
  const std::string_view text = bytes.substr(0, size);
  for (const std::string_view part : {head.method, head.path, head.query, head.host, head.origin}) {
    require(inside(part, text), "spans lie in the head");
  }
  require(head.fields.size() <= gateway::max_request_fields, "fields are bounded");
  for (const auto& field : head.fields)
    require(inside(field.name, text) && inside(field.value, text), "fields lie in it");
  check_framing(head, text);
  compare(head, text);

  gateway::request_head again;
  const auto whole = gateway::parse_request_head(text, again);
  require(whole.has_value() && *whole == size, "the head alone passes too");
  const auto shorter = gateway::parse_request_head(text.substr(0, size - 1), again);
  require(shorter.has_value() && !*shorter, "one byte less is not yet a head");
}

}  // namespace nearfar::fuzz
