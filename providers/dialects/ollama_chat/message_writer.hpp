// Messages as Ollama writes them: one text, images beside it. Sans-I/O.
#pragma once

#include "providers/dialects/chat_request.hpp"
#include "routes/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::ollama_chat {

class message_writer {
 public:
  explicit message_writer(std::vector<std::string>& notes) : notes_(notes) {}

  // "[…]"
  routes::result<std::string> write(const std::vector<chat::message>& messages);

 private:
  struct pieces {
    std::string text;
    std::string thinking;
    std::string images = "[";
    std::string calls = "[";
  };

  routes::result<void> message(const chat::message& from);
  routes::result<void> part(const chat::part& from, pieces& out);
  routes::result<void> result(const chat::part& from);
  routes::result<void> image(const chat::part& from, pieces& out);
  void call(const chat::part& from, pieces& out);
  std::string_view name_of(std::string_view id) const;
  void put(std::string_view role, const pieces& what, const chat::part* result);

  struct known_call {
    std::string_view id;
    std::string_view name;
  };

  std::vector<std::string>& notes_;
  std::vector<known_call> calls_;
  std::string out_ = "[";
};

}  // namespace nearfar::providers::ollama_chat
