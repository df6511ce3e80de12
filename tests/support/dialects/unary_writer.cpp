#include "tests/support/dialects/unary_writer.hpp"

#include "tests/support/json_text.hpp"

namespace nearfar::support {

void unary_writer::opening(answer&, std::string&) const {}
void unary_writer::token(answer&, const part&, std::string&) const {}
void unary_writer::finish(answer&, std::string&) const {}
void unary_writer::usage(answer&, std::string&) const {}
void unary_writer::done(answer&, std::string&) const {}
void unary_writer::error_event(answer&, const scripted_error&, std::string&) const {}
void unary_writer::garbage(std::string_view, std::string&) const {}
void unary_writer::comment(std::string&) const {}

// Asked only where the request was not read (`form`).
std::string unary_writer::whole(const answer&) const {
  return "{}";
}

std::string unary_writer::error_body(const scripted_error& e, int) const {
  std::string out = R"({"error":{"message":)";
  append_json_string(out, e.message);
  out += R"(,"type":)";
  append_json_string(out, e.type);
  out += R"(,"param":)";
  if (e.param.empty()) {
    out += "null";
  } else {
    append_json_string(out, e.param);
  }
  out += R"(,"code":)";
  if (e.code.empty()) {
    out += "null";
  } else {
    append_json_string(out, e.code);
  }
  return out + "}}";
}

}  // namespace nearfar::support
