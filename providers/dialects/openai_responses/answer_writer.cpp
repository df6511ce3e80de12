#include "providers/dialects/openai_responses/answer_writer.hpp"

#include "providers/dialects/openai_responses/answer_items.hpp"
#include "providers/dialects/openai_responses/response_text.hpp"

namespace nearfar::providers::openai_responses {

std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) {
  response_text response(terms);
  response.name(answer.id, answer.model, answer.created);
  static const chat::answer_choice nothing;
  const chat::answer_choice& first = answer.choices.empty() ? nothing : answer.choices.front();
  const std::string items = write_items(first, response, terms.issuer);
  response_text::ending how{.status = status_of(first.why), .why = first.why, .output = items};
  if (answer.tokens) how.tokens = &*answer.tokens;
  const client_error failure = server_failure();
  if (how.status == response_status::failed) how.failure = &failure;
  std::string to;
  response.append(to, how);
  return to;
}

}  // namespace nearfar::providers::openai_responses
