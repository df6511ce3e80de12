// Messages as `contents` and `systemInstruction`. Sans-I/O.
//
// Turns of the same role are joined. The answers to a turn's calls stand at the head of the next user turn,
// one for each call in the calls' order: Gemini refuses any other number, and answers nothing where a result
// has lost its call.
#pragma once

#include "providers/dialects/gemini/part_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::gemini {

class content_writer {
 public:
  content_writer(const part_terms& how, bool system_apart) : how_(how), system_apart_(system_apart) {}

  routes::result<void> write(const std::vector<chat::message>& messages);

  std::string contents() const { return contents_ + "]"; }
  // Empty: there is none.
  std::string system() const;

 private:
  struct pending_call {
    const chat::part* call = nullptr;
    const chat::part* result = nullptr;
  };

  routes::result<void> message(const chat::message& from);
  routes::result<void> system_message(const chat::message& from);
  routes::result<void> assistant(const chat::message& from);
  routes::result<void> user(const chat::message& from);
  void result(const chat::part& from);
  routes::result<void> leave_user();
  void leave_model();
  routes::result<void> append_results(std::string& to);
  void close(std::string_view role, std::string parts, const chat::json::object& extra);
  void check_message(const chat::message& from);

  part_terms how_;
  bool system_apart_ = true;
  std::string system_parts_ = "[";
  chat::json::object system_extra_;
  std::string contents_ = "[";
  std::string user_parts_ = "[";
  std::string model_parts_ = "[";
  chat::json::object turn_extra_;
  std::vector<pending_call> calls_;  // of the last model turn
  bool model_open_ = false;
  bool user_open_ = false;
  bool turns_seen_ = false;
  bool signed_call_ = false;  // the model turn's first call is written
};

}  // namespace nearfar::providers::gemini
