// The response object around the items of an answer, with the request's settings in it as the vendor
// echoes them. Sans-I/O, no DOM.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/client_error.hpp"
#include "providers/dialects/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_responses {

enum class response_status : std::uint8_t { in_progress, completed, incomplete, failed };

// How it ended, for the client: length and content_filter are incomplete, error is failed.
response_status status_of(chat::finish why);

class response_text {
 public:
  // Copies what it needs of `terms`.
  explicit response_text(const answer_terms& terms);

  // The names of the answer. An id of another dialect becomes one of this; empty: that of the terms. The
  // model is the one that the client asked for, or `model` where it is not known.
  void name(std::string_view id, std::string_view model, std::int64_t created);
  const std::string& id() const { return id_; }

  struct ending {
    response_status status = response_status::in_progress;
    chat::finish why = chat::finish::none;
    const client_error* failure = nullptr;  // of failed
    std::string_view output = {};           // the items, with commas between them
    const usage* tokens = nullptr;
  };
  void append(std::string& to, const ending& how) const;

  // "msg", "rs", "fc": an id for item `index` that no other answer has.
  std::string item_id(std::string_view kind, std::uint32_t index) const;

 private:
  void read_echo(const request_view& asked);

  std::string id_;
  std::string base_;  // of the ids of items
  std::string model_;
  std::int64_t created_ = 0;
  std::string terms_id_;
  std::int64_t now_ = 0;
  std::string echo_;  // members after the output, each with a comma before it
};

// What a client is told of a target that said no more than that it failed.
client_error server_failure();

// The words of `error.code` in a failed response; clients decide on them.
std::string_view failure_code(const client_error& why);

}  // namespace nearfar::providers::openai_responses
