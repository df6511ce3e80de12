#include "providers/dialects/openai_chat/codec.hpp"

#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/openai_chat/answer_parser.hpp"
#include "providers/dialects/openai_chat/answer_writer.hpp"
#include "providers/dialects/openai_chat/error_writer.hpp"
#include "providers/dialects/openai_chat/request_builder.hpp"
#include "providers/dialects/openai_chat/request_parser.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/openai_chat/stream_reader.hpp"
#include "providers/dialects/openai_chat/stream_writer.hpp"

namespace nearfar::providers::openai_chat {

namespace {

class chat_codec final : public codec {
 public:
  config::dialect speaks() const override { return config::dialect::openai_chat; }
  std::unique_ptr<providers::request_reader> make_request_reader() const override {
    return std::make_unique<request_reader>();
  }
  routes::result<chat::chat_request> parse_request(std::string_view body) const override {
    return openai_chat::parse_request(body);
  }
  std::unique_ptr<providers::stream_writer> make_stream_writer(const answer_terms& terms) const override {
    return std::make_unique<stream_writer>(terms);
  }
  std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) const override {
    return openai_chat::write_answer(answer, terms);
  }
  std::string error_body(const client_error& why) const override { return openai_chat::error_body(why); }
  routes::result<written_request> write_request(const chat::chat_request& asked,
                                                const write_options& how) const override {
    if (knows_custom_tools(speaks(), how.quirks)) return build_request(asked, how);
    return write_as_functions(asked, how, build_request);
  }
  std::unique_ptr<providers::stream_reader> make_stream_reader(const config::quirks* of) const override {
    return std::make_unique<stream_reader>(of);
  }
  routes::result<chat::chat_answer> read_answer(std::string_view body,
                                                const config::quirks* of) const override {
    return parse_answer(body, of);
  }
};

}  // namespace

const codec& the_codec() {
  static const chat_codec one;
  return one;
}

}  // namespace nearfar::providers::openai_chat
