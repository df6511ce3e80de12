// Stream events of a continued openai-chat answer, under the first leg's name. Sans-I/O.
#pragma once

#include "providers/handover/leg_writer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::openai_chat {

class leg_writer final : public handover::leg_writer {
 public:
  // As the first leg's first chunk had them (stream_observer): clients hold chunks together by the id.
  leg_writer(std::string_view id, std::uint64_t created, std::string_view model);

  // A chunk with {"content": text} for the first choice.
  void text(std::string_view text, std::string& to) const override;
  void finish(std::string_view reason, std::string& to) const override;
  // The chunk with no choices that OpenAI sends for stream_options.include_usage.
  void tokens(const usage& sum, std::string& to) const override;
  void done(std::string& to) const override;
  // A comment: SDKs take every event with data for a chunk.
  //   : nearfar-legs [{"target":"…","how":"native","characters":12,"output_tokens":4,…}]
  void legs(std::span<const handover::leg_report> all, std::string& to) const override;

 private:
  std::string head_;  // up to and with the comma behind the model
};

}  // namespace nearfar::providers::openai_chat
