#include "providers/dialects/openai_responses/codec.hpp"

#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/openai_responses/answer_reader.hpp"
#include "providers/dialects/openai_responses/answer_writer.hpp"
#include "providers/dialects/openai_responses/error_writer.hpp"
#include "providers/dialects/openai_responses/request_parser.hpp"
#include "providers/dialects/openai_responses/request_reader.hpp"
#include "providers/dialects/openai_responses/request_writer.hpp"
#include "providers/dialects/openai_responses/stream_reader.hpp"
#include "providers/dialects/openai_responses/stream_writer.hpp"

namespace nearfar::providers::openai_responses {

std::unique_ptr<providers::request_reader> codec::make_request_reader() const {
  return std::make_unique<request_reader>();
}

routes::result<chat::chat_request> codec::parse_request(std::string_view body) const {
  return openai_responses::parse_request(body);
}

std::unique_ptr<providers::stream_writer> codec::make_stream_writer(const answer_terms& terms) const {
  return std::make_unique<stream_writer>(terms);
}

std::string codec::write_answer(const chat::chat_answer& answer, const answer_terms& terms) const {
  return openai_responses::write_answer(answer, terms);
}

std::string codec::error_body(const client_error& why) const {
  return openai_responses::error_body(why);
}

routes::result<written_request> codec::write_request(const chat::chat_request& asked,
                                                     const write_options& how) const {
  if (knows_custom_tools(speaks(), how.quirks)) return openai_responses::write_request(asked, how);
  return write_as_functions(asked, how, openai_responses::write_request);
}

std::unique_ptr<providers::stream_reader> codec::make_stream_reader(const config::quirks* /*of*/) const {
  return std::make_unique<stream_reader>();
}

routes::result<chat::chat_answer> codec::read_answer(std::string_view body,
                                                     const config::quirks* /*of*/) const {
  return openai_responses::read_answer(body);
}

const codec* the_codec() {
  static const codec one;
  return &one;
}

}  // namespace nearfar::providers::openai_responses
