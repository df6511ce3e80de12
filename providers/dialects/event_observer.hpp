// Watches a stream through its dialect's reader. Sans-I/O.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/codec.hpp"
#include "providers/dialects/stream_observer.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace nearfar::providers {

class event_observer final : public stream_observer {
 public:
  explicit event_observer(const codec& dialect);
  // Where the target departs from its dialect; null: nowhere. It outlives the stream. Before reset().
  void expect(const config::quirks* of) { quirks_ = of; }

  void reset(std::uint32_t choices) override;
  void keep_text() override { keep_ = true; }
  observed observe(const sse_event& event) override;
  // The body is over: what the reader makes of that. `done` where it is a good end, else `nothing`.
  observed close();

  // Of the latest observe() or close(), up to an error; valid until the next.
  std::span<const chat::answer_event> events() const { return events_; }

  bool finished() const override { return open_ == 0; }
  bool any_content() const override { return shown_any_; }
  bool tool_calls() const override { return seen_.tool_calls; }
  const std::string& finish_reason() const override { return finish_reason_; }
  const std::optional<usage>& tokens() const override { return tokens_; }
  std::uint64_t content_events() const override { return content_events_; }
  const std::optional<routes::error>& last_error() const override { return last_error_; }
  const std::string& id() const override { return id_; }
  std::uint64_t created() const override { return created_; }
  const std::string& model() const override { return model_; }
  const std::string& text() const override { return text_; }
  handover::shown shown() const override;
  begun_answer begun() const override;

 private:
  struct step {
    bool content = false;
    bool finish = false;
    bool usage = false;
    bool end = false;
    bool error = false;
  };

  observed fold();
  void take(const chat::answer_event& event, step& now);
  void thought(const chat::answer_event& event);
  void signed_by(const chat::answer_event& event);
  void end_choice(const chat::answer_event& event);

  const codec* dialect_;
  const config::quirks* quirks_ = nullptr;
  std::unique_ptr<stream_reader> reader_;
  std::vector<chat::answer_event> events_;
  std::vector<char> ended_;  // by choice
  std::size_t open_ = 1;
  bool keep_ = false;
  bool shown_any_ = false;
  handover::shown seen_;
  std::string finish_reason_;
  std::optional<usage> tokens_;
  std::uint64_t content_events_ = 0;
  std::optional<routes::error> last_error_;
  std::string id_;
  std::uint64_t created_ = 0;
  std::string model_;
  std::string text_;
  std::vector<chat::part> thoughts_;
  // The last event with text and the last of all, as they came: where the text stands is read off them when
  // somebody must go on with it.
  std::string text_event_;
  std::string last_event_;
};

}  // namespace nearfar::providers
