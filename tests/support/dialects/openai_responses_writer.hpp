// OpenAI Responses as api.openai.com writes it: numbered events, every item opened and closed, the whole
// answer once more at the end.
#pragma once

#include "tests/support/dialect_writer.hpp"

namespace nearfar::support {

class openai_responses_writer final : public dialect_writer {
 public:
  bool serves(std::string_view path) const override;
  boost::system::result<answer_request, refusal> read(const incoming& in) const override;

  void opening(answer& a, std::string& out) const override;
  void token(answer& a, const part& p, std::string& out) const override;
  void finish(answer& a, std::string& out) const override;
  void usage(answer& a, std::string& out) const override;
  void done(answer& a, std::string& out) const override;
  void error_event(answer& a, const scripted_error& e, std::string& out) const override;
  void garbage(std::string_view text, std::string& out) const override;
  void comment(std::string& out) const override;

  std::string whole(const answer& a) const override;
  std::string error_body(const scripted_error& e, int status) const override;
};

}  // namespace nearfar::support
