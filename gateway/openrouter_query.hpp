// What a query has of OpenRouter's surface: the client's wishes, and on OpenRouter's own paths an answer in
// its shape. Made only for queries that have any of it.
#pragma once

#include "providers/dialects/openrouter/answer_dresser.hpp"
#include "providers/dialects/openrouter/provider_wishes.hpp"
#include "routes/client_wishes.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

struct own_error;
struct query_state;

struct openrouter_query {
  routes::client_wishes wishes;
  std::string id;            // "gen-...": X-Generation-Id; empty: the query came by another path
  bool dresses = false;      // the answer is an openai-chat one on OpenRouter's path
  std::int64_t created = 0;  // Unix seconds
  providers::openrouter::answer_dresser dresser;
  routes::target_index dressed_for = routes::none_index;
  std::string dressed;  // what goes out next
};

bool is_openrouter_path(std::string_view path);

// Before anything is read: on OpenRouter's paths every answer, an error of the head's too, is in its shape.
void enter_openrouter(query_state& q);

// After the body and the hints are read: wishes into the query, a suffix off its model. An error is the
// client's own.
std::optional<own_error> begin_openrouter(query_state& q);

// The members of the body that are not for this target; it must live until the request is written.
providers::openrouter::member_changes openrouter_changes(const query_state& q, routes::target_index target);

// Of the next functions only the first may be called where the answer is not dressed.
bool is_dressed(const query_state& q);
// Good until the next call.
std::string_view dressed_events(query_state& q, routes::target_index by, std::string_view before,
                                std::span<const std::string_view> ready, std::string_view after);
std::string_view dressed_answer(query_state& q, routes::target_index by, std::string_view body);
std::string dressed_error(const query_state& q, const own_error& what);
std::string dressed_failure(const query_state& q, routes::target_index by);
std::string dressed_break(const query_state& q, std::string_view code, std::string_view message);

}  // namespace nearfar::gateway
