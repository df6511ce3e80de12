// From an upstream's stream to what the client gets: whole events, byte for byte, less the usage
// chunk nobody asked for and events that cannot be read. Sans-I/O.
#pragma once

#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class usage_chunk : std::uint8_t { pass, withhold };

enum class stream_state : std::uint8_t {
  open,      // more is expected
  finished,  // every choice has its finish reason; usage and [DONE] may still come
  done,      // [DONE] came
  broken,    // why() says
};

class stream_filter {
 public:
  void reset(std::uint32_t choices, usage_chunk usage);
  // For an answer that another target may have to go on with: seen().text() grows. After reset().
  void keep_text() { seen_.keep_text(); }

  // Takes the next bytes of the body. Afterwards ready() holds the events that may go out, as views
  // of `bytes` or of own memory, valid until the next feed.
  stream_state feed(std::string_view bytes);
  // The body ended. `done` or `finished` stay; otherwise the stream is broken.
  stream_state end();

  std::span<const std::string_view> ready() const { return ready_; }
  stream_state state() const { return state_; }
  const routes::error& why() const { return why_; }
  bool any_content() const { return seen_.any_content(); }
  std::uint64_t bad_events() const { return bad_; }
  const providers::openai_chat::stream_observer& seen() const { return seen_; }

 private:
  void pass(std::string_view raw);
  void fail(routes::error e);
  void take(const providers::sse_event& event);

  providers::sse_reader events_;
  providers::openai_chat::stream_observer seen_;
  std::vector<std::string_view> ready_;
  usage_chunk usage_ = usage_chunk::pass;
  stream_state state_ = stream_state::open;
  routes::error why_;
  std::uint64_t bad_ = 0;
  unsigned bad_in_row_ = 0;
};

}  // namespace nearfar::gateway
