// What has no stream: the answer is whole, and the request alone decides it.
#pragma once

#include "tests/support/dialect_writer.hpp"

namespace nearfar::support {

class unary_writer : public dialect_writer {
 public:
  void opening(answer& a, std::string& out) const final;
  void token(answer& a, const part& p, std::string& out) const final;
  void finish(answer& a, std::string& out) const final;
  void usage(answer& a, std::string& out) const final;
  void done(answer& a, std::string& out) const final;
  void error_event(answer& a, const scripted_error& e, std::string& out) const final;
  void garbage(std::string_view text, std::string& out) const final;
  void comment(std::string& out) const final;

  std::string whole(const answer& a) const final;
  std::string error_body(const scripted_error& e, int status) const override;  // as OpenAI says it
};

}  // namespace nearfar::support
