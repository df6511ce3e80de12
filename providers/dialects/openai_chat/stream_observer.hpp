// Watches the events of an openai-chat stream without changing them. Sans-I/O.
#pragma once

#include "providers/dialects/stream_observer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nearfar::providers::openai_chat {

using event_kind = observed;

// A chunk with text costs one simdjson walk and no allocation in the steady state.
class stream_observer final : public providers::stream_observer {
 public:
  stream_observer();
  ~stream_observer() override;
  void reset(std::uint32_t choices) override;
  void keep_text() override;
  event_kind observe(const sse_event& event) override;

  bool finished() const override;
  bool any_content() const override;
  bool tool_calls() const override;
  bool reasoning() const;
  const std::string& finish_reason() const override;
  const std::optional<usage>& tokens() const override;
  std::uint64_t content_events() const override;
  const std::optional<routes::error>& last_error() const override;
  const std::string& id() const override;
  std::uint64_t created() const override;
  const std::string& model() const override;
  const std::string& text() const override;
  handover::shown shown() const override;
  begun_answer begun() const override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_chat
