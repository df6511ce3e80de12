#include "tests/integration/failures.hpp"

namespace nearfar::tests {
namespace {

failure scripted(std::string name, asked_as applies, behaviour b) {
  failure out;
  out.name = std::move(name);
  out.applies = applies;
  out.inflict = [b = std::move(b)](upstream_double& d) { d.set_default(b); };
  return out;
}

failure broken(std::string name, asked_as applies, break_kind how, break_point where) {
  behaviour b;
  b.break_with = how;
  b.break_at = where;
  return scripted(std::move(name), applies, std::move(b));
}

failure with_status(int status, support::body_kind body, std::string type, std::string code) {
  behaviour b;
  b.status = status;
  b.body = body;
  b.error.type = std::move(type);
  b.error.code = std::move(code);
  const auto kind = body == support::body_kind::error  ? ""
                    : body == support::body_kind::html ? " with html"
                                                       : " empty";
  return scripted("status " + std::to_string(status) + kind, asked_as::both, std::move(b));
}

failure refusing() {
  failure out;
  out.name = "killed";
  out.reaches = false;
  out.inflict = [](upstream_double& d) { d.kill(); };
  return out;
}

failure error_in_200() {
  behaviour b;
  b.error_in_200 = true;
  b.error.type = "server_error";
  return scripted("error object in a 200", asked_as::both, std::move(b));
}

failure stalled_with_comments() {
  behaviour b;
  b.break_with = break_kind::stall;
  b.break_at = break_point::before_first_token;
  b.comment_every = millis{50};
  return scripted("comments and never a token", asked_as::stream, std::move(b));
}

failure not_json() {
  behaviour b;
  b.raw_body = std::make_shared<const std::string>("<html>it works!</html>");
  b.content_type = "text/html";
  return scripted("200 with something that is no answer", asked_as::both, std::move(b));
}

failure no_http() {
  behaviour b;
  b.content_length_delta = 100;
  return scripted("a body shorter than declared", asked_as::json, std::move(b));
}

failure empty_stream() {
  behaviour b;
  b.empty_answer = true;
  return scripted("an answer without text", asked_as::both, std::move(b));
}

}  // namespace

const std::vector<failure>& failures_before_first_token() {
  using support::body_kind;
  static const std::vector<failure> all = {
      refusing(),
      broken("reset before the head", asked_as::both, break_kind::reset, break_point::before_head),
      broken("FIN before the head", asked_as::both, break_kind::cut, break_point::before_head),
      broken("hangs before the head", asked_as::both, break_kind::stall, break_point::before_head),
      broken("reset before the first token", asked_as::both, break_kind::reset,
             break_point::before_first_token),
      broken("FIN before the first token", asked_as::both, break_kind::cut, break_point::before_first_token),
      broken("hangs before the first token", asked_as::both, break_kind::stall,
             break_point::before_first_token),
      broken("error event before the first token", asked_as::stream, break_kind::error_event,
             break_point::before_first_token),
      broken("FIN in the middle of a JSON body", asked_as::json, break_kind::cut, break_point::after_tokens),
      stalled_with_comments(),
      with_status(500, body_kind::error, "server_error", ""),
      with_status(502, body_kind::html, "", ""),
      with_status(503, body_kind::error, "server_error", "overloaded"),
      with_status(503, body_kind::empty, "", ""),
      with_status(529, body_kind::error, "overloaded_error", ""),
      with_status(429, body_kind::error, "requests", "rate_limit_exceeded"),
      with_status(401, body_kind::error, "invalid_request_error", "invalid_api_key"),
      with_status(402, body_kind::error, "insufficient_quota", "insufficient_quota"),
      with_status(404, body_kind::error, "invalid_request_error", "model_not_found"),
      error_in_200(),
      not_json(),
      no_http(),
      empty_stream(),
  };
  return all;
}

}  // namespace nearfar::tests
