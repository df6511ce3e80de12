#include "providers/dialects/gemini/codec.hpp"

#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/gemini/answer_reader.hpp"
#include "providers/dialects/gemini/answer_writer.hpp"
#include "providers/dialects/gemini/error_writer.hpp"
#include "providers/dialects/gemini/request_parser.hpp"
#include "providers/dialects/gemini/request_reader.hpp"
#include "providers/dialects/gemini/request_writer.hpp"
#include "providers/dialects/gemini/stream_reader.hpp"
#include "providers/dialects/gemini/stream_writer.hpp"

namespace nearfar::providers::gemini {

std::unique_ptr<providers::request_reader> codec::make_request_reader() const {
  return std::make_unique<request_reader>();
}

routes::result<chat::chat_request> codec::parse_request(std::string_view body) const {
  return gemini::parse_request(body);
}

std::unique_ptr<providers::stream_writer> codec::make_stream_writer(const answer_terms& terms) const {
  return std::make_unique<stream_writer>(terms, stream_form::events);
}

std::string codec::write_answer(const chat::chat_answer& answer, const answer_terms& terms) const {
  return gemini::write_answer(answer, terms);
}

std::string codec::error_body(const client_error& why) const {
  return gemini::error_body(why);
}

routes::result<written_request> codec::write_request(const chat::chat_request& asked,
                                                     const write_options& how) const {
  return write_as_functions(asked, how, gemini::write_request);
}

std::unique_ptr<providers::stream_reader> codec::make_stream_reader(const config::quirks* /*of*/) const {
  return std::make_unique<stream_reader>();
}

routes::result<chat::chat_answer> codec::read_answer(std::string_view body,
                                                     const config::quirks* /*of*/) const {
  return gemini::read_answer(body);
}

const codec* the_codec() {
  static const codec one;
  return &one;
}

std::unique_ptr<providers::stream_writer> make_array_stream_writer(const answer_terms& terms) {
  return std::make_unique<stream_writer>(terms, stream_form::array);
}

}  // namespace nearfar::providers::gemini
