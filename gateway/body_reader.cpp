#include "gateway/body_reader.hpp"

#include "gateway/core.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/http/chunk_reader.hpp"

#include <cstring>
#include <utility>

namespace nearfar::gateway {

namespace {

using providers::openai_chat::body_padding;

// Between two reads of a body, as long as a client may keep silent.
constexpr std::chrono::seconds body_silence{30};

body_refusal too_large() {
  return {413, "request_too_large", "the body is over 32 MiB; send images smaller or by reference"};
}

}  // namespace

void body_reader::begin(client_connection& client, request_head& head) {
  client_ = &client;
  head_ = &head;
  own_ = {};
  chunked_.clear();
  in_input_ = 0;
  lost_ = false;
  whole_ = !head.chunked && head.content_length.value_or(0) == 0;
}

providers::task<bool> body_reader::say_continue() {
  if (!head_->expect_continue) co_return true;
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  const providers::asio::const_buffer one(text.data(), text.size());
  co_return co_await client_->write(std::span(&one, 1));
}

bool body_reader::take_arrived(std::string_view& body) {
  body = {};
  if (whole_) return true;
  if (head_->chunked) return false;
  const auto& input = client_->input();
  const std::size_t length = *head_->content_length;
  if (length > max_body || input.size() - head_->size < length) return false;
  body = {static_cast<const char*>(input.data().data()) + head_->size, length};
  in_input_ = length;
  whole_ = true;
  return true;
}

providers::task<std::optional<body_refusal>> body_reader::read(std::string_view& body) {
  if (take_arrived(body)) co_return std::nullopt;
  if (head_->chunked) co_return co_await read_chunked(body);
  const std::size_t length = *head_->content_length;
  if (length > max_body) co_return too_large();
  auto& input = client_->input();
  const auto* start = static_cast<const char*>(input.data().data()) + head_->size;
  const std::size_t here = input.size() - head_->size;
  if (here == 0 && !co_await say_continue()) {
    lost_ = true;
    co_return std::nullopt;
  }
  own_ = client_->on().bodies.take(length + body_padding);
  char* const bytes = own_.bytes.get();
  std::memcpy(bytes, start, here);
  in_input_ = here;
  if (!co_await read_rest(bytes + here, length - here)) {
    lost_ = true;
    co_return std::nullopt;
  }
  whole_ = true;
  body = {bytes, length};
  co_return std::nullopt;
}

providers::task<bool> body_reader::read_rest(char* to, std::size_t size) {
  while (size > 0) {
    std::size_t got = 0;
    client_->clock(body_silence);
    if (!co_await client_->read_into(to, size, got)) co_return false;
    to += got;
    size -= got;
  }
  client_->stop_clock();
  co_return true;
}

providers::task<std::optional<body_refusal>> body_reader::read_chunked(std::string_view& body) {
  auto& input = client_->input();
  head_copy_.assign(static_cast<const char*>(input.data().data()), head_->size);
  input.consume(head_->size);
  // The same bytes parsed once more give the same head, now with spans of the copy.
  if (const auto again = parse_request_head(head_copy_, *head_); !again || !*again) {
    co_return body_refusal{400, "invalid_request", "the head could not be read again"};
  }
  if (input.size() == 0 && !co_await say_continue()) {
    lost_ = true;
    co_return std::nullopt;
  }
  providers::chunk_reader chunks;
  while (!chunks.done()) {
    if (input.size() == 0) {
      client_->clock(body_silence);
      if (!co_await client_->read_more()) {
        lost_ = true;
        co_return std::nullopt;
      }
      client_->stop_clock();
    }
    const std::string_view bytes(static_cast<const char*>(input.data().data()), input.size());
    const auto step = chunks.feed(bytes);
    if (!step) co_return body_refusal{400, "invalid_chunked_body", step.error().context};
    if (chunked_.size() + step->data.size() > max_body) co_return too_large();
    chunked_ += step->data;
    input.consume(step->consumed);
  }
  chunked_.reserve(chunked_.size() + body_padding);
  // The head's and body's bytes are out of the input already.
  head_->size = 0;
  whole_ = true;
  body = chunked_;
  co_return std::nullopt;
}

bool body_reader::consume_request() {
  if (!whole_) return false;
  client_->input().consume(head_->size + in_input_);
  // A large body is not kept for the next request of an idle connection.
  client_->on().bodies.give_back(std::exchange(own_, {}));
  constexpr std::size_t worth_keeping = 64 * 1024;
  if (chunked_.capacity() > worth_keeping) std::string().swap(chunked_);
  return true;
}

}  // namespace nearfar::gateway
