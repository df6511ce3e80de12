#include "providers/dialects/openai_chat/answer_reader.hpp"

#include "providers/dialects/retry_after.hpp"
#include "tests/unit/providers/dialects/padded.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::openai_chat;
using kind = routes::error_kind;

namespace {

routes::result<answer_summary> read(std::string_view text) {
  return read_answer(padded{text});
}

std::string answer(std::string_view message, std::string_view rest = "") {
  return R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":)" + std::string{message} +
         R"(,"finish_reason":"stop"}])" + std::string{rest} + "}";
}

routes::error classify(int status, std::string_view body, std::vector<header_field> fields = {}) {
  response_head head;
  head.status = status;
  head.fields = std::move(fields);
  return classify_failure(status, head, body, 784111700);  // Sun, 06 Nov 1994 08:48:20 GMT
}

}  // namespace

TEST_CASE("an answer gives its usage, finish reason and tool calls") {
  const auto got = read(answer(
      R"({"role":"assistant","content":"hi","tool_calls":[{"id":"1"}]})",
      R"(,"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}})"));
  REQUIRE(got.has_value());
  CHECK(got->finish_reason == "stop");
  CHECK(got->tool_calls);
  REQUIRE(got->tokens);
  CHECK(got->tokens->input == 3);
  CHECK(got->tokens->output == 2);
  CHECK(got->tokens->cached == 1);
}

TEST_CASE("an answer may begin with the blank lines of a waiting queue") {
  CHECK(read("\n\n\r\n" + answer(R"({"content":"hi"})")).has_value());
}

TEST_CASE("text, refusal, reasoning, calls and sound each make an answer") {
  const auto message =
      GENERATE(as<std::string>{}, R"({"content":"x"})", R"({"content":null,"refusal":"no"})",
               R"({"content":"","reasoning_content":"x"})", R"({"content":"","reasoning":"x"})",
               R"({"content":null,"tool_calls":[{"id":"1"}]})", R"({"function_call":{"name":"f"}})",
               R"({"content":null,"audio":{"id":"a"}})", R"({"content":[{"type":"text","text":"x"}]})");
  INFO(message);
  CHECK(read(answer(message)).has_value());
}

TEST_CASE("an answer without any of them is empty", "[P1]") {
  const auto text = GENERATE(as<std::string>{}, answer(R"({"role":"assistant","content":""})"),
                             answer(R"({"content":null,"tool_calls":[],"refusal":null})"), answer("{}"),
                             R"({"choices":[]})", answer("null"));
  INFO(text);
  const auto got = read(text);
  REQUIRE(got.has_error());
  CHECK(got.error().kind == kind::empty);
}

TEST_CASE("a filtered answer and one thought in secret are answers") {
  CHECK(read(R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})").has_value());
  CHECK(read(R"({"choices":[{"message":{"content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":1,)"
             R"("completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":9}}})")
            .has_value());
}

TEST_CASE("what is no JSON or has no choices is a bad answer") {
  const auto text =
      GENERATE(as<std::string>{}, "", "<html>portal</html>", "{", "[]", "1", "{}", R"({"choices":null})",
               R"({"choices":7})", R"({"choices":[{"message":{"content":"a"}]})",
               R"({"choices":[{"message":{"content":"a"}}]} x)", "Ollama is running");
  INFO(text);
  const auto got = read(text);
  REQUIRE(got.has_error());
  CHECK(got.error().kind == kind::bad_answer);
}

TEST_CASE("an error inside a 200 is classed as its code says", "[P1][trap28]") {
  struct row {
    const char* body;
    kind means;
  };
  const auto each = GENERATE(
      row{R"({"error":{"code":429,"message":"x"}})", kind::rate_limited},
      row{R"({"error":{"code":"insufficient_quota","message":"x"},"choices":[]})", kind::exhausted},
      row{R"({"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"choices":null})",
          kind::exhausted},
      row{R"({"base_resp":{"status_code":1004,"status_msg":"login fail"}})", kind::auth},
      row{R"({"error_code":18,"error_msg":"Open api qps request limit reached"})", kind::rate_limited},
      row{R"({"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404})",
          kind::not_found},
      row{R"([{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}])",
          kind::auth},
      row{R"({"choices":[{"message":{"content":"part"},"finish_reason":"error","error":{"code":502,"message":"x"}}]})",
          kind::server_error},
      row{R"({"choices":[{"message":{"content":"part"},"finish_reason":"error"}]})", kind::server_error},
      row{R"({"error":"Unexpected endpoint or method: GET /v1/x"})", kind::server_error});
  INFO(each.body);
  const auto got = read(each.body);
  REQUIRE(got.has_error());
  CHECK(routes::to_string(got.error().kind) == routes::to_string(each.means));
}

TEST_CASE("failures of every vendor fall into their class", "[trap29][trap30][trap31]") {
  struct row {
    int status;
    const char* body;
    kind means;
  };
  const auto each = GENERATE(
      // OpenAI
      row{400,
          R"({"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
          kind::too_long},
      row{400,
          R"({"error":{"message":"x","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}})",
          kind::bad_request},
      row{400,
          R"({"error":{"message":"x","type":"invalid_request_error","code":"content_policy_violation"}})",
          kind::refused},
      row{401,
          R"({"error":{"message":"Incorrect API key provided: sk-abc","type":"invalid_request_error","code":"invalid_api_key"}})",
          kind::auth},
      row{403,
          R"({"error":{"message":"x","type":"invalid_request_error","code":"unsupported_country_region_territory"}})",
          kind::auth},
      row{404, R"({"error":{"message":"x","type":"invalid_request_error","code":"model_not_found"}})",
          kind::not_found},
      row{429, R"({"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}})",
          kind::rate_limited},
      row{429,
          R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}})",
          kind::exhausted},
      row{429,
          R"({"error":{"message":"x","type":"insufficient_quota","code":"project_spend_limit_exceeded"}})",
          kind::exhausted},
      row{429, R"({"error":{"message":"x","type":"requests","code":null}})", kind::rate_limited},
      row{500, R"({"error":{"message":"x","type":"server_error","code":null}})", kind::server_error},
      row{503, R"({"error":{"message":"x","type":"server_error","code":null}})", kind::overloaded},
      row{503, R"({"error":{"message":"x","type":"server_error","code":"slow_down"}})", kind::overloaded},
      // Anthropic
      row{400,
          R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"},"request_id":"r"})",
          kind::too_long},
      row{400,
          R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}})",
          kind::exhausted},
      row{402, R"({"type":"error","error":{"type":"billing_error","message":"x"}})", kind::exhausted},
      row{429, R"({"type":"error","error":{"type":"rate_limit_error","message":"x"}})", kind::rate_limited},
      row{429,
          R"({"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}})",
          kind::exhausted},
      row{500, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
          kind::overloaded},
      row{529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
          kind::overloaded},
      row{504, R"({"type":"error","error":{"type":"timeout_error","message":"x"}})", kind::timeout},
      // Google
      row{400,
          R"({"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}})",
          kind::auth},
      row{400,
          R"([{"error":{"code":400,"message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1000000).","status":"INVALID_ARGUMENT"}}])",
          kind::too_long},
      row{429,
          R"({"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProject"}]},{"retryDelay":"34s"}]}})",
          kind::rate_limited},
      row{429,
          R"({"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}})",
          kind::exhausted},
      row{503, R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})",
          kind::overloaded},
      row{504, R"({"error":{"code":504,"message":"x","status":"DEADLINE_EXCEEDED"}})", kind::server_error},
      // OpenRouter
      row{402, R"({"error":{"code":402,"message":"Insufficient credits"}})", kind::exhausted},
      row{403,
          R"({"error":{"code":403,"message":"x","metadata":{"reasons":["violence"],"flagged_input":"secret prompt"}}})",
          kind::refused},
      row{403, R"({"error":{"code":403,"message":"x","metadata":{"error_type":"content_policy_violation"}}})",
          kind::refused},
      row{400, R"({"error":{"code":400,"message":"foo/bar is not a valid model ID"}})", kind::not_found},
      row{502, R"({"error":{"code":502,"message":"x","metadata":{"error_type":"provider_unavailable"}}})",
          kind::overloaded},
      row{408, R"({"error":{"code":408,"message":"Request timed out"}})", kind::timeout},
      // llama.cpp, vLLM, SGLang, Ollama, LM Studio
      row{503, R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})",
          kind::overloaded},
      row{400,
          R"({"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":2500,"n_ctx":2048}})",
          kind::too_long},
      row{401, R"({"error":{"message":"Invalid API Key","type":"authentication_error","code":401}})",
          kind::auth},
      row{404, R"({"error":{"message":"File Not Found","type":"not_found_error","code":404}})",
          kind::not_found},
      row{400,
          R"({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","param":null,"code":400})",
          kind::too_long},
      row{404,
          R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}})",
          kind::not_found},
      row{404, R"({"error":"model \"x\" not found, try pulling it first"})", kind::not_found},
      row{503, R"({"error":"server busy, please try again. maximum pending requests exceeded"})",
          kind::overloaded},
      // DeepSeek, DashScope, Kimi, Z.ai, MiniMax, Qianfan
      row{402,
          R"({"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}})",
          kind::exhausted},
      row{400,
          R"({"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}})",
          kind::not_found},
      row{400,
          R"({"error":{"message":"Range of input length should be [1, 129024]","type":"invalid_request_error","code":"invalid_parameter_error"}})",
          kind::too_long},
      row{400, R"({"error":{"message":"x","type":"data_inspection_failed","code":"data_inspection_failed"}})",
          kind::refused},
      row{400,
          R"({"code":"Arrearage","message":"Access denied, please make sure your account is in good standing.","request_id":"r"})",
          kind::exhausted},
      row{429, R"({"code":"Throttling.RateQuota","message":"Requests rate limit exceeded","request_id":"r"})",
          kind::rate_limited},
      row{429, R"({"error":{"message":"x","type":"exceeded_current_quota_error"}})", kind::exhausted},
      row{429, R"({"error":{"message":"x","type":"engine_overloaded_error"}})", kind::overloaded},
      row{429, R"({"error":{"code":"1113","message":"balance"}})", kind::exhausted},
      row{429, R"({"error":{"code":"1302","message":"x"}})", kind::rate_limited},
      row{400, R"({"error":{"code":"1301","message":"x"}})", kind::refused},
      row{401,
          R"({"error":{"code":"invalid_iam_token","message":"x","type":"invalid_request_error"},"id":"as-1"})",
          kind::auth},
      // Mistral, xAI, Azure, Bedrock, Groq
      row{400,
          R"({"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"})",
          kind::not_found},
      row{422,
          R"({"detail":[{"loc":["body","x"],"msg":"Extra inputs are not permitted","type":"extra_forbidden"}]})",
          kind::bad_request},
      row{400,
          R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ab."})",
          kind::auth},
      row{400,
          R"({"error":{"code":"content_filter","status":400,"message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
          kind::refused},
      row{404, R"({"error":{"code":"DeploymentNotFound","message":"x"}})", kind::not_found},
      row{429, R"({"error":{"code":"429","message":"Requests have exceeded token rate limit"}})",
          kind::rate_limited},
      row{413,
          R"({"error":{"message":"Request too large for model","type":"tokens","code":"rate_limit_exceeded"}})",
          kind::rate_limited},
      row{498, R"({"error":{"message":"x","type":"internal_server_error","code":"capacity_exceeded"}})",
          kind::overloaded},
      row{400,
          R"({"error":{"message":"x","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"y"}})",
          kind::bad_request});
  INFO(each.status << " " << each.body);
  const auto got = classify(each.status, each.body);
  CHECK(routes::to_string(got.kind) == routes::to_string(each.means));
  CHECK(got.status == each.status);
  CHECK(got.side == routes::error_side::upstream);
}

TEST_CASE("without a body that says more, the status decides", "[trap32]") {
  const auto body =
      GENERATE(as<std::string>{}, "", "<html><h1>502 Bad Gateway</h1> overloaded</html>", "{", "null");
  const auto of = [&](int status) { return classify(status, body).kind; };
  for (const int status : {500, 501, 502, 504, 520, 521, 522, 523, 524})
    CHECK(of(status) == kind::server_error);
  for (const int status : {503, 529}) CHECK(of(status) == kind::overloaded);
  for (const int status : {400, 405, 409, 413, 415, 422}) CHECK(of(status) == kind::bad_request);
  for (const int status : {401, 403}) CHECK(of(status) == kind::auth);
  for (const int status : {204, 301, 302, 307}) CHECK(of(status) == kind::bad_answer);
  CHECK(of(402) == kind::exhausted);
  CHECK(of(404) == kind::not_found);
  CHECK(of(429) == kind::rate_limited);
}

TEST_CASE("the context of an error quotes neither message nor prompt nor key") {
  const auto got = classify(
      401,
      R"({"error":{"message":"Incorrect API key provided: sk-abc","type":"t y\np","code":"invalid_api_key"}})");
  CHECK(got.context == "status 401, invalid_api_key");
}

TEST_CASE("the upstream's wish to be left alone is read in all its forms") {
  using std::chrono::milliseconds;
  const auto after = [](std::vector<header_field> fields) {
    return classify(429, "", std::move(fields)).retry_after;
  };
  CHECK(after({{"Retry-After", "20"}}) == milliseconds{20000});
  CHECK(after({{"retry-after", " 1.5 "}}) == milliseconds{1500});
  CHECK(after({{"retry-after", "20"}, {"Retry-After-Ms", "250"}}) == milliseconds{250});
  CHECK(after({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == milliseconds{77000});
  CHECK(after({{"Retry-After", "Sunday, 06-Nov-94 08:49:37 GMT"}}) == milliseconds{77000});
  CHECK(after({{"Retry-After", "Sun Nov  6 08:49:37 1994"}}) == milliseconds{77000});
  CHECK(after({{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}) == milliseconds{0});
  CHECK(after({{"Retry-After", "99999999999"}}) == std::chrono::hours{24 * 7});
  CHECK_FALSE(after({{"Retry-After", "soon"}}));
  CHECK_FALSE(after({{"Retry-After", "-5"}}));
  CHECK_FALSE(after({{"Retry-After", "Sun, 31 Feb 1994 08:49:37 GMT"}}));
  CHECK_FALSE(after({}));
  const char* body =
      R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"x","details":[{"retryDelay":"34.5s"}]}})";
  CHECK(classify(429, body).retry_after == milliseconds{34500});
  CHECK(classify(429, body, {{"Retry-After", "2"}}).retry_after == milliseconds{2000});
}

TEST_CASE("a year of two digits that seems over fifty years ahead is of the past century") {
  constexpr std::int64_t in_2026 = 1795304053;
  CHECK(read_http_date("Sunday, 06-Nov-94 08:49:37 GMT", in_2026) == 784111777);
  CHECK(read_http_date("Friday, 06-Nov-26 08:49:37 GMT", in_2026) == 1793954977);
}

TEST_CASE("a plain answer holds no error object") {
  CHECK_FALSE(find_error_object(answer(R"({"content":"the error was mine"})")));
  CHECK_FALSE(find_error_object(R"({"error":null,"choices":[],"base_resp":{"status_code":0}})"));
  CHECK_FALSE(find_error_object("not json"));
}
