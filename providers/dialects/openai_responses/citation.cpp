#include "providers/dialects/openai_responses/citation.hpp"

#include "providers/dialects/openai_responses/fields.hpp"

#include <boost/json.hpp>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

bool to_chat_citation(std::string_view flat, std::string& to) {
  boost::system::error_code failed;
  const json::value whole = json::parse(flat, failed);
  const json::object* from = failed ? nullptr : whole.if_object();
  if (from == nullptr) return false;
  const std::string_view type = string_at(*from, "type");
  if (type.empty() || type == "type") return false;
  json::object out = {{"type", type}};
  out[type] = rest_of(*from, {"type"});
  to.append(json::serialize(out));
  return true;
}

}  // namespace nearfar::providers::openai_responses
