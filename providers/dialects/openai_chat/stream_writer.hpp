// Events as the chunks of an openai-chat stream. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <string>
#include <vector>

namespace nearfar::providers::openai_chat {

// Appends text, builds no DOM. Reasoning goes out as reasoning_content and reasoning, for clients read the
// one or the other; a signature as an entry of reasoning_details that holds the text it signs, so that a
// client which sends the entry back sends all that the vendor wants. A call's stands in the call and, with
// the call's id, in reasoning_details.
class stream_writer final : public providers::stream_writer {
 public:
  // What `terms` points to outlives the writer.
  explicit stream_writer(const answer_terms& terms);

  void write(const chat::answer_event& event, std::string& to) override;
  void fail(const client_error& why, std::string& to) override;
  void keep_alive(std::string& to) override;
  void adopt(const begun_answer& from) override;

 private:
  enum class last : std::uint8_t { nothing, text, thinking, call };

  struct choice {
    bool begun = false;
    last said = last::nothing;
    std::uint32_t call = 0;              // the call that came last
    bool call_detailed = false;          // its signature stands in reasoning_details
    std::vector<chat::call_form> forms;  // of its calls
    std::vector<std::string> ids;        // of its calls
    std::string thoughts;                // since the last signature
    std::size_t details = 0;
    chat::finish why = chat::finish::none;

    std::string_view id_of(std::uint32_t of) const {
      return of < ids.size() ? std::string_view{ids[of]} : std::string_view{};
    }
  };

  void begin(std::string_view id, std::int64_t created, std::string_view model);
  choice& at(std::uint32_t index, std::string& to);
  void open(std::uint32_t index, std::string& to) const;
  static void shut(std::string& to, std::string_view reason = {});
  void member(const chat::answer_event& event, std::string_view name, std::string& to);
  void thinking(const chat::answer_event& event, std::string& to);
  void signature(const chat::answer_event& event, std::string& to);
  void call(const chat::answer_event& event, std::string& to);
  void call_detail(choice& one, std::string_view id, std::string_view text, std::string_view issuer,
                   std::string& to) const;
  void arguments(const chat::answer_event& event, std::string& to);
  void media(const chat::answer_event& event, std::string& to);
  void raw(const chat::answer_event& event, std::string& to);
  void end(std::string& to);

  answer_terms terms_;
  std::string id_;
  std::string model_;
  std::int64_t created_ = 0;
  std::string head_;  // up to and with the comma behind the model
  std::vector<choice> choices_;
  std::optional<usage> tokens_;
  bool over_ = false;
};

}  // namespace nearfar::providers::openai_chat
