#include "providers/dialects/openai_chat/error_writer.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar::providers::openai_chat;

TEST_CASE("an error body has OpenAI's four fields") {
  const auto error = boost::json::parse(error_body(404, "model_not_found", "no \"x\"\n")).at("error");
  CHECK(error.at("message") == "no \"x\"\n");
  CHECK(error.at("type") == "invalid_request_error");
  CHECK(error.at("param").is_null());
  CHECK(error.at("code") == "model_not_found");
  CHECK(boost::json::parse(error_body(502, "", "x")).at("error").at("code").is_null());
}

TEST_CASE("the type of an error follows its status") {
  const auto type = [](int status) {
    return boost::json::parse(error_body(status, "", "x")).at("error").at("type");
  };
  CHECK(type(400) == "invalid_request_error");
  CHECK(type(401) == "authentication_error");
  CHECK(type(402) == "insufficient_quota");
  CHECK(type(403) == "permission_error");
  CHECK(type(429) == "rate_limit_error");
  CHECK(type(503) == "server_error");
  CHECK(type(504) == "timeout_error");
}

TEST_CASE("an error event is one event with a top-level error and no clean end", "[P2]") {
  const std::string text = error_event("chatcmpl-1", 1795304053, "qwen", "broken", "it broke");
  REQUIRE(text.starts_with("data: {"));
  REQUIRE(text.ends_with("}\n\n"));
  CHECK(text.find("\n") == text.size() - 2);
  CHECK(text.find("[DONE]") == std::string::npos);
  const auto chunk = boost::json::parse(text.substr(6));
  CHECK(chunk.at("id") == "chatcmpl-1");
  CHECK(chunk.at("object") == "chat.completion.chunk");
  CHECK(chunk.at("created") == 1795304053);
  CHECK(chunk.at("model") == "qwen");
  CHECK(chunk.at("choices").at(0).at("finish_reason") == "error");
  CHECK(chunk.at("error").at("message") == "it broke");
  CHECK(chunk.at("error").at("code") == "broken");
}
