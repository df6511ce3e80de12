// Ollama's native /api/chat: asked, never served. Sans-I/O, thread-safe.
#pragma once

#include "providers/dialects/codec.hpp"

namespace nearfar::providers::ollama_chat {

class codec final : public providers::codec {
 public:
  config::dialect speaks() const override { return config::dialect::ollama_chat; }

  // No client speaks it: null, and errors of kind internal.
  std::unique_ptr<request_reader> make_request_reader() const override { return nullptr; }
  routes::result<chat::chat_request> parse_request(std::string_view body) const override;
  std::unique_ptr<stream_writer> make_stream_writer(const answer_terms&) const override { return nullptr; }
  std::string write_answer(const chat::chat_answer&, const answer_terms&) const override { return {}; }
  // {"error":"…"}
  std::string error_body(const client_error& why) const override;

  routes::result<written_request> write_request(const chat::chat_request& asked,
                                                const write_options& how) const override;
  std::unique_ptr<providers::stream_reader> make_stream_reader(const config::quirks* of) const override;
  framing streams_as() const override { return framing::ndjson; }
  routes::result<chat::chat_answer> read_answer(std::string_view body,
                                                const config::quirks* of) const override;
};

const codec* the_codec();

}  // namespace nearfar::providers::ollama_chat
