// OpenAI's Responses API, served without a store and asked without one. See the files beside this one.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>
#include <string>

namespace nearfar::providers::openai_responses {

// Without state: for all threads.
class codec final : public providers::codec {
 public:
  config::dialect speaks() const override { return config::dialect::openai_responses; }
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

}  // namespace nearfar::providers::openai_responses
