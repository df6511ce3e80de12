// What the checker says: every finding at once, each with a place, a stable code and a cure.
//
// Form (lower case, no full stop, one help line):
//   error[P012]: unknown key `prefered` in rule `save-battery`
//     --> nearfar.yaml:41:5
//      |
//   41 |     prefered: [self_hosted, remote]
//      |     ^^^^^^^^ help: did you mean `prefer`?
#pragma once

#include "config/model.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

// A note is news (a key that is not set), never a reason to change the file.
enum class severity : std::uint8_t { error, warning, note };

// What a finding speaks about.
struct source_text {
  std::string name;
  std::string text;
};

struct diagnostic {
  severity level = severity::error;
  std::string code;  // "P012", stable, listed in docs/diagnostics.md
  std::string message;
  mark where;
  std::string help;  // may be empty
  // Null: the file that the list is about; else another that it brought in.
  std::shared_ptr<const source_text> elsewhere = nullptr;
};

// An ordered list plus the text it speaks about.
class diagnostics {
 public:
  diagnostics() = default;
  diagnostics(std::string file_name, std::string text);

  void error(std::string code, mark where, std::string message, std::string help = {});
  void warning(std::string code, mark where, std::string message, std::string help = {});
  void note(std::string code, mark where, std::string message, std::string help = {});

  // The findings about another file, which keep pointing into that.
  void take(const diagnostics& of_another);

  bool has_errors() const;
  // Sorted by place, findings about the whole file first, those about other files last; equal places as
  // found.
  const std::vector<diagnostic>& all() const { return list_; }
  const std::string& file_name() const { return file_name_; }
  const std::string& file_of(const diagnostic& d) const {
    return d.elsewhere ? d.elsewhere->name : file_name_;
  }

  enum class style : std::uint8_t { plain, colour };
  // One block a finding, a blank line between them. Ends in a newline when there is anything to say.
  std::string render(style s) const;
  // An array of {level, code, message, file, line?, column?, length?, help?}.
  std::string render_json() const;

 private:
  void add(diagnostic found);

  std::string file_name_;
  std::string text_;
  std::vector<diagnostic> list_;
};

}  // namespace nearfar::config
