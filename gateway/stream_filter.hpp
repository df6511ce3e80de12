// From an upstream's stream to what the client gets: whole events, byte for byte, less the usage
// chunk nobody asked for and events that cannot be read; or, where the client speaks another dialect, what
// its writer makes of each event. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/custom_calls.hpp"
#include "providers/dialects/event_observer.hpp"
#include "providers/dialects/line_reader.hpp"
#include "providers/dialects/openai_chat/stream_observer.hpp"
#include "providers/dialects/sse_reader.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

enum class usage_chunk : std::uint8_t { pass, withhold };

enum class stream_state : std::uint8_t {
  open,      // more is expected
  finished,  // every choice has its finish reason; usage and the end may still come
  done,      // the dialect's end came
  broken,    // why() says
};

// How a stream is read and written.
struct stream_way {
  config::dialect speaks = config::dialect::openai_chat;  // the target
  // Null: the target's bytes pass. Else outlives the stream.
  providers::stream_writer* writer = nullptr;
  const config::quirks* quirks = nullptr;          // the target's; outlives the stream
  std::span<const std::string> as_functions = {};  // tools of free text, asked as functions; copied
};

class stream_filter {
 public:
  // The dialect has a codec, or is openai-chat.
  void reset(std::uint32_t choices, usage_chunk usage, const stream_way& way = {});
  // For an answer that another target may have to go on with: seen().text() grows. After reset().
  void keep_text() { seen_->keep_text(); }

  // Takes the next bytes of the body. Afterwards ready() holds the events that may go out, as views
  // of `bytes` or of own memory, valid until the next feed.
  stream_state feed(std::string_view bytes);
  // The body ended. `done` or `finished` stay; otherwise the stream is broken, but in dialects whose end is
  // the body's. Adds to ready().
  stream_state end();
  // After a whole stream: what it ends with in the client's dialect and has not said itself. Once.
  std::string_view ending();

  std::span<const std::string_view> ready() const { return ready_; }
  stream_state state() const { return state_; }
  const routes::error& why() const { return why_; }
  bool any_content() const { return seen_->any_content(); }
  std::uint64_t bad_events() const { return bad_; }
  const providers::stream_observer& seen() const { return *seen_; }
  bool translates() const { return way_.writer != nullptr; }

 private:
  template <class Reader>
  void drain(Reader& from, std::string_view bytes);
  std::size_t pending() const;
  void pass(std::string_view raw);
  void translate(std::string& to);
  void fail(routes::error e);
  void take(const providers::sse_event& event);
  void move_on(providers::observed what);

  providers::sse_reader events_;
  providers::line_reader lines_;
  providers::openai_chat::stream_observer chat_;
  std::unique_ptr<providers::event_observer> other_;
  providers::custom_calls custom_;
  config::dialect other_speaks_ = config::dialect::openai_chat;
  providers::stream_observer* seen_ = &chat_;
  stream_way way_;
  bool by_lines_ = false;
  std::vector<std::string_view> ready_;
  std::string written_;
  std::string ending_;
  usage_chunk usage_ = usage_chunk::pass;
  stream_state state_ = stream_state::open;
  routes::error why_;
  std::uint64_t bad_ = 0;
  unsigned bad_in_row_ = 0;
};

}  // namespace nearfar::gateway
