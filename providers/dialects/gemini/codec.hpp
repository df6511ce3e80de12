// Google's Gemini API, both ways. Sans-I/O, thread-safe.
//
// Model and verb stand in the path (path.hpp); an answer without `alt=sse` is an array
// (make_array_stream_writer).
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::gemini {

class codec final : public providers::codec {
 public:
  config::dialect speaks() const override { return config::dialect::gemini; }
  std::unique_ptr<providers::request_reader> make_request_reader() const override;
  routes::result<chat::chat_request> parse_request(std::string_view body) const override;
  std::unique_ptr<providers::stream_writer> make_stream_writer(const answer_terms& terms) const override;
  std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) const override;
  std::string error_body(const client_error& why) const override;
  routes::result<written_request> write_request(const chat::chat_request& asked,
                                                const write_options& how) const override;
  std::unique_ptr<providers::stream_reader> make_stream_reader(const config::quirks* of) const override;
  routes::result<chat::chat_answer> read_answer(std::string_view body,
                                                const config::quirks* of) const override;
};

const codec* the_codec();

// For streamGenerateContent without `alt=sse`: one JSON array (content type application/json).
std::unique_ptr<providers::stream_writer> make_array_stream_writer(const answer_terms& terms);

}  // namespace nearfar::providers::gemini
