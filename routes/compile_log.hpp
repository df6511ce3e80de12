// Findings of one compile. A place that bears an error from before is not reported again: the reader
// of the file may have seen the same fault with its own eyes.
#pragma once

#include "config/diagnostic.hpp"

#include <string>
#include <utility>

namespace nearfar::routes {

class compile_log {
 public:
  explicit compile_log(config::diagnostics& out) : out_(out), before_(out.all().size()) {}

  void error(std::string code, config::mark where, std::string message, std::string help = {}) {
    failed_ = true;
    if (!told(where)) out_.error(std::move(code), where, std::move(message), std::move(help));
  }
  void warning(std::string code, config::mark where, std::string message, std::string help = {}) {
    out_.warning(std::move(code), where, std::move(message), std::move(help));
  }
  void note(std::string code, config::mark where, std::string message, std::string help = {}) {
    out_.note(std::move(code), where, std::move(message), std::move(help));
  }
  bool failed() const { return failed_; }

 private:
  bool told(config::mark where) const {
    if (where.line == 0) return false;
    for (std::size_t i = 0; i < before_; ++i) {
      const auto& d = out_.all()[i];
      if (d.level == config::severity::error && d.where.line == where.line &&
          d.where.column == where.column) {
        return true;
      }
    }
    return false;
  }

  config::diagnostics& out_;
  std::size_t before_;
  bool failed_ = false;
};

}  // namespace nearfar::routes
