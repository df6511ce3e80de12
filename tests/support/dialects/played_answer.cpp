#include "tests/support/dialects/played_answer.hpp"

#include "tests/support/answer_script.hpp"
#include "tests/support/dialects/every_dialect.hpp"
#include "tests/support/raw_client.hpp"

#include <charconv>
#include <stdexcept>

namespace nearfar::support {

std::vector<std::string> played_answer::data() const {
  std::vector<std::string> out;
  for (auto& e : events_of(body)) {
    if (!e.comment) out.push_back(std::move(e.data));
  }
  return out;
}

played_answer play_answer(const behaviour& how, const question& q) {
  const auto head = parse_request_head(post(q.target, "", q.fields));
  if (!head) throw std::runtime_error("no request head");
  for (const auto& dialect : every_dialect()) {
    if (!dialect->serves(head->path())) continue;
    auto unframed = std::make_shared<behaviour>(how);
    unframed->frame = framing::close;
    answer_script script(unframed, *dialect, *head, q.body, {"unit", 7});
    std::string bytes;
    for (auto a = script.next();
         a.kind == action_kind::write || a.kind == action_kind::pause || a.kind == action_kind::gate;
         a = script.next()) {
      if (a.kind == action_kind::write) bytes += a.bytes;
    }
    played_answer out;
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return out;
    out.head = bytes.substr(0, end + 2);
    out.body = bytes.substr(end + 4);
    const auto code = std::string_view(out.head).substr(std::string_view("HTTP/1.1 ").size(), 3);
    std::from_chars(code.data(), code.data() + code.size(), out.status);
    return out;
  }
  throw std::runtime_error("no dialect serves this path");
}

}  // namespace nearfar::support
