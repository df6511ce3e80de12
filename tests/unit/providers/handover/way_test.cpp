#include "providers/handover/way.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers::handover;
using config::continuation_kind;

TEST_CASE("a provider's own way outranks its preset's, and a model may refuse", "[P2]") {
  const auto* vllm = config::find_preset("vllm");
  config::provider provider;
  config::target_model model;
  CHECK(continuation_of(vllm, provider, model).kind == continuation_kind::native);
  CHECK(continuation_of(vllm, provider, model).set.size() == 3);
  CHECK(continuation_of(nullptr, provider, model).kind == continuation_kind::instruct);
  provider.hand_over.emplace().kind = continuation_kind::restart;
  CHECK(continuation_of(vllm, provider, model).kind == continuation_kind::restart);
  CHECK(continuation_of(vllm, provider, model).set.empty());
  model.hand_over = true;
  CHECK(continuation_of(vllm, provider, model).kind == continuation_kind::restart);
  model.hand_over = false;
  CHECK(continuation_of(vllm, provider, model).kind == continuation_kind::none);
}

TEST_CASE("a refused way leaves the next weaker one, another failure leaves it as it was", "[P2]") {
  const auto refused = routes::make_error(routes::error_kind::bad_request, "no prefill");
  CHECK(after_refusal(continuation_kind::native, refused) == continuation_kind::instruct);
  CHECK(after_refusal(continuation_kind::instruct, refused) == continuation_kind::restart);
  CHECK(after_refusal(continuation_kind::restart, refused) == continuation_kind::none);
  const auto no_path = routes::make_error(routes::error_kind::not_found, "");
  CHECK(after_refusal(continuation_kind::native, no_path) == continuation_kind::instruct);
  for (const auto kind :
       {routes::error_kind::reset, routes::error_kind::rate_limited, routes::error_kind::auth,
        routes::error_kind::too_long, routes::error_kind::timeout}) {
    CHECK_FALSE(after_refusal(continuation_kind::native, routes::make_error(kind, "")));
  }
}
