#include "providers/dialects/anthropic_messages/codec.hpp"

#include "providers/dialects/anthropic_messages/answer_reader.hpp"
#include "providers/dialects/anthropic_messages/answer_writer.hpp"
#include "providers/dialects/anthropic_messages/error_writer.hpp"
#include "providers/dialects/anthropic_messages/request_parser.hpp"
#include "providers/dialects/anthropic_messages/request_reader.hpp"
#include "providers/dialects/anthropic_messages/request_writer.hpp"
#include "providers/dialects/anthropic_messages/stream_reader.hpp"
#include "providers/dialects/anthropic_messages/stream_writer.hpp"
#include "providers/dialects/custom_tools.hpp"

namespace nearfar::providers::anthropic_messages {
namespace {

class messages_codec final : public codec {
 public:
  config::dialect speaks() const override { return config::dialect::anthropic_messages; }
  std::unique_ptr<providers::request_reader> make_request_reader() const override {
    return std::make_unique<request_reader>();
  }
  routes::result<chat::chat_request> parse_request(std::string_view body) const override {
    return anthropic_messages::parse_request(body);
  }
  std::unique_ptr<providers::stream_writer> make_stream_writer(const answer_terms& terms) const override {
    return std::make_unique<stream_writer>(terms);
  }
  std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) const override {
    return anthropic_messages::write_answer(answer, terms);
  }
  std::string error_body(const client_error& why) const override {
    return anthropic_messages::error_body(why);
  }
  int error_status(const client_error& why) const override { return anthropic_messages::error_status(why); }
  routes::result<written_request> write_request(const chat::chat_request& asked,
                                                const write_options& how) const override {
    return write_as_functions(asked, how, anthropic_messages::write_request);
  }
  std::unique_ptr<providers::stream_reader> make_stream_reader(const config::quirks* /*of*/) const override {
    return std::make_unique<stream_reader>();
  }
  routes::result<chat::chat_answer> read_answer(std::string_view body,
                                                const config::quirks* /*of*/) const override {
    return anthropic_messages::read_answer(body);
  }
};

}  // namespace

const codec& the_codec() {
  static const messages_codec one;
  return one;
}

}  // namespace nearfar::providers::anthropic_messages
