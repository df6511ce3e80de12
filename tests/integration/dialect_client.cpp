#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace nearfar::tests {
namespace {

namespace json = boost::json;
using config::dialect;

std::string text_at(const json::value& in, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = in.find_pointer(pointer, ec);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string{};
}

}  // namespace

std::string request_of(const short_query& q, const header_list& fields) {
  const bool stream = q.how == asking::streamed;
  switch (q.in) {
    case dialect::anthropic_messages:
      return support::post(
          "/v1/messages",
          fmt::format(
              R"({{"model":"{}","max_tokens":{},"stream":{},"messages":[{{"role":"user","content":"How far?"}}]}})",
              q.model, q.max_tokens, stream),
          fields);
    case dialect::openai_responses:
      return support::post(
          "/v1/responses",
          fmt::format(R"({{"model":"{}","max_output_tokens":{},"stream":{},"input":"How far?"}})", q.model,
                      q.max_tokens, stream),
          fields);
    case dialect::gemini:
      return support::post(
          fmt::format("/v1beta/models/{}:{}", q.model,
                      stream ? "streamGenerateContent?alt=sse" : "generateContent"),
          fmt::format(
              R"({{"contents":[{{"role":"user","parts":[{{"text":"How far?"}}]}}],"generationConfig":{{"maxOutputTokens":{}}}}})",
              q.max_tokens),
          fields);
    default:
      return support::post(
          "/v1/chat/completions",
          fmt::format(
              R"({{"model":"{}","max_tokens":{},"stream":{},"messages":[{{"role":"user","content":"How far?"}}]}})",
              q.model, q.max_tokens, stream),
          fields);
  }
}

http_answer ask(const gateway_under_test& gw, const short_query& q, const header_list& fields) {
  auto client = gw.client();
  client.set_deadline(millis{60'000});
  client.send(request_of(q, fields));
  return client.read_answer();
}

heard_refusal hear_refusal(dialect in, std::string_view body) {
  boost::system::error_code ec;
  const auto parsed = json::parse(body, ec);
  if (ec) return {};
  heard_refusal out;
  out.message = text_at(parsed, "/error/message");
  switch (in) {
    case dialect::anthropic_messages:
      if (text_at(parsed, "/type") == "error") out.kind = text_at(parsed, "/error/type");
      break;
    case dialect::gemini:
      out.kind = text_at(parsed, "/error/status");
      out.code = text_at(parsed, "/error/details/0/reason");
      break;
    default:
      out.kind = text_at(parsed, "/error/type");
      out.code = text_at(parsed, "/error/code");
      break;
  }
  return out;
}

std::string_view word_for(dialect in, int status) {
  switch (in) {
    case dialect::anthropic_messages:
      return status == 402 ? "billing_error" : "rate_limit_error";
    case dialect::gemini:
      return status == 402 ? "FAILED_PRECONDITION" : "RESOURCE_EXHAUSTED";
    default:
      return status == 402 ? "insufficient_quota" : "rate_limit_error";
  }
}

}  // namespace nearfar::tests
