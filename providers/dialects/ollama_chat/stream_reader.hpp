// A stream of Ollama's /api/chat as events, a line (line_reader.hpp) at a time; an answer that is not
// streamed is its one line. Sans-I/O.
//
// Calls come whole, their arguments as an object, and mostly without a number or an id: they are counted as
// they come. The last line says `done`; its reason is `stop` for calls too, which are told of as such.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/json_walk.hpp"

#include <deque>
#include <optional>

namespace nearfar::providers::ollama_chat {

class stream_reader final : public providers::stream_reader {
 public:
  bool read(const sse_event& event, std::vector<chat::answer_event>& out) override;
  void close(std::vector<chat::answer_event>& out) override;

 private:
  struct line;
  using value = json_walk::od::value;

  bool walk(json_walk::od::document& doc, line& found, std::vector<chat::answer_event>& out);
  bool member(std::string_view key, value v, line& found, std::vector<chat::answer_event>& out);
  bool message(value v, std::vector<chat::answer_event>& out);
  bool call(value v, std::vector<chat::answer_event>& out);
  bool logprobs(value v, std::vector<chat::answer_event>& out);
  bool text(value v, std::string_view& to);
  std::string_view whole(value v);
  std::string_view keep(std::string_view text);
  void start(const line& found, std::size_t at, std::vector<chat::answer_event>& out);
  void finish(const line& found, std::vector<chat::answer_event>& out);

  std::string kept_;  // texts of the events; never grows while a line is read
  std::deque<std::string> made_;
  usage tokens_;
  std::optional<routes::error> failure_;
  std::uint32_t calls_ = 0;
  std::uint64_t seed_ = 0;  // of the answer, for ids of calls
  bool started_ = false;
  bool over_ = false;
};

}  // namespace nearfar::providers::ollama_chat
