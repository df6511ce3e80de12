#include "gateway/list_request.hpp"

#include "config/preset.hpp"
#include "config/secret.hpp"
#include "providers/http/request_head.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <ctime>

namespace nearfar::gateway {

namespace {

using steady = std::chrono::steady_clock;
using routes::error_kind;

constexpr std::chrono::seconds connect_time{10};
constexpr std::chrono::seconds answer_time{20};

routes::error no(error_kind kind, std::string why) {
  return routes::make_error(kind, std::move(why));
}

providers::task<routes::result<std::string>> read_body(providers::exchange& call) {
  std::string body;
  while (!call.complete()) {
    auto piece = co_await call.read_body();
    if (!piece) co_return std::move(piece).error();
    body += *piece;
    if (body.size() > config::max_list_bytes) {
      co_return no(error_kind::bad_answer,
                   fmt::format("its answer is longer than {} bytes", config::max_list_bytes));
    }
  }
  co_return body;
}

}  // namespace

providers::task<routes::result<config::model_list>> request_list(providers::exchange& call,
                                                                 const config::provider& from) {
  const auto* preset = config::preset_of(from);
  if (preset == nullptr) co_return no(error_kind::internal, "it has no preset");
  auto where = providers::parse_origin(config::base_url(from));
  if (!where) co_return std::move(where).error();
  if (from.tls && from.tls->ca_file) where->ca_file = *from.tls->ca_file;
  if (from.key.kind == config::secret_kind::client) {
    co_return no(error_kind::auth,
                 "`key: client`: there is no key to ask for its list with; name its models under `models`");
  }
  const auto key = config::resolve(from.key);
  if (!key) co_return no(error_kind::auth, config::describe(from.key) + " is not set");
  std::string head;
  providers::upstream_request request{.to = *where, .path = preset->models_path, .method = "GET"};
  request.auth = preset->auth;
  request.key = &*key;
  request.fixed = preset->headers;
  if (auto wrote = providers::write_request_head(request, head); !wrote) co_return std::move(wrote).error();
  auto opened = co_await call.open(*where, providers::reuse::fresh_only, connect_time);
  if (!opened) co_return std::move(opened).error();
  call.clock(steady::now() + answer_time);
  const std::array pieces{providers::asio::const_buffer(head.data(), head.size())};
  auto sent = co_await call.send(pieces);
  if (!sent) co_return std::move(sent).error();
  auto answer = co_await call.read_head();
  if (!answer) co_return std::move(answer).error();
  const int status = (*answer)->status;
  if (status != 200) co_return no(error_kind::bad_answer, fmt::format("it answered {}", status));
  auto body = co_await read_body(call);
  if (!body) co_return std::move(body).error();
  std::string why;
  auto ids = config::read_listed_models(*body, why);
  if (!ids) co_return no(error_kind::bad_answer, std::move(why));
  co_return config::model_list{from.name, config::list_url(from), std::time(nullptr), std::move(*ids)};
}

}  // namespace nearfar::gateway
