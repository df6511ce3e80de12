#include "config/diagnostic.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace nearfar::config {

namespace {

constexpr std::string_view reset = "\x1b[0m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view blue = "\x1b[1;34m";

std::string_view name_of(severity level) {
  switch (level) {
    case severity::error:
      return "error";
    case severity::warning:
      return "warning";
    case severity::note:
      return "note";
  }
  return "error";
}

std::string_view colour_of(severity level) {
  switch (level) {
    case severity::error:
      return "\x1b[1;31m";
    case severity::warning:
      return "\x1b[1;33m";
    case severity::note:
      return "\x1b[1;36m";
  }
  return {};
}

std::string_view line_of(std::string_view text, int number) {
  for (int at = 1; at < number; ++at) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  auto line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The blanks under the line up to `column`; tabs stay tabs so that the caret falls where the eye expects.
std::string indent_to(std::string_view line, int column) {
  std::string out;
  int at = 1;
  for (const char c : line) {
    if (continues_character(c)) continue;
    if (at++ >= column) break;
    out += c == '\t' ? '\t' : ' ';
  }
  for (; at < column; ++at) out += ' ';
  return out;
}

int characters(std::string_view line) {
  return static_cast<int>(std::ranges::count_if(line, [](char c) { return !continues_character(c); }));
}

class painter {
 public:
  explicit painter(bool colour) : colour_(colour) {}
  std::string operator()(std::string_view paint, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string(text);
    return fmt::format("{}{}{}", paint, text, reset);
  }

 private:
  bool colour_;
};

std::string render_one(const diagnostic& d, std::string_view file, std::string_view text,
                       const painter& paint) {
  std::string out = paint(colour_of(d.level), fmt::format("{}[{}]", name_of(d.level), d.code));
  out += paint(bold, ": " + d.message) + "\n";
  if (d.where.line <= 0) {
    if (!file.empty()) out += fmt::format("  {} {}\n", paint(blue, "-->"), file);
    if (!d.help.empty()) out += fmt::format("   {} help: {}\n", paint(blue, "="), d.help);
    return out;
  }
  const std::string number = std::to_string(d.where.line);
  const std::string gutter(std::max<std::size_t>(number.size(), 2), ' ');
  const auto line = line_of(text, d.where.line);
  const int room = std::max(1, characters(line) - d.where.column + 1);
  const int length = std::clamp(d.where.length, 1, room);
  out += fmt::format("{}{} {}:{}:{}\n", gutter, paint(blue, "-->"), file, d.where.line, d.where.column);
  out += fmt::format("{} {}\n", gutter, paint(blue, "|"));
  out += fmt::format("{}{} {} {}\n", paint(blue, number), std::string(gutter.size() - number.size(), ' '),
                     paint(blue, "|"), line);
  std::string under(static_cast<std::size_t>(length), '^');
  if (!d.help.empty()) under += " help: " + d.help;
  out += fmt::format("{} {} {}{}\n", gutter, paint(blue, "|"), indent_to(line, d.where.column),
                     paint(colour_of(d.level), under));
  return out;
}

}  // namespace

diagnostics::diagnostics(std::string file_name, std::string text)
    : file_name_(std::move(file_name)), text_(std::move(text)) {}

void diagnostics::add(diagnostic found) {
  const auto key = [](const diagnostic& d) {
    return std::tuple(d.elsewhere ? std::string_view(d.elsewhere->name) : std::string_view{}, d.where.line,
                      d.where.column);
  };
  const auto place = std::ranges::upper_bound(list_, key(found), std::less<>{}, key);
  list_.insert(place, std::move(found));
}

void diagnostics::error(std::string code, mark where, std::string message, std::string help) {
  add({severity::error, std::move(code), std::move(message), where, std::move(help), nullptr});
}

void diagnostics::warning(std::string code, mark where, std::string message, std::string help) {
  add({severity::warning, std::move(code), std::move(message), where, std::move(help), nullptr});
}

void diagnostics::note(std::string code, mark where, std::string message, std::string help) {
  add({severity::note, std::move(code), std::move(message), where, std::move(help), nullptr});
}

void diagnostics::take(const diagnostics& of_another) {
  const auto source = std::make_shared<const source_text>(of_another.file_name_, of_another.text_);
  for (auto found : of_another.list_) {
    if (!found.elsewhere) found.elsewhere = source;
    add(std::move(found));
  }
}

bool diagnostics::has_errors() const {
  return std::ranges::any_of(list_, [](const diagnostic& d) { return d.level == severity::error; });
}

std::string diagnostics::render(style s) const {
  const painter paint(s == style::colour);
  std::string out;
  for (const auto& d : list_) {
    if (!out.empty()) out += '\n';
    out += render_one(d, file_of(d), d.elsewhere ? d.elsewhere->text : text_, paint);
  }
  return out;
}

std::string diagnostics::render_json() const {
  boost::json::array found;
  for (const auto& d : list_) {
    boost::json::object one{{"level", name_of(d.level)}, {"code", d.code}, {"message", d.message}};
    one["file"] = file_of(d);
    if (d.where.line > 0) {
      one["line"] = d.where.line;
      one["column"] = d.where.column;
      one["length"] = d.where.length;
    }
    if (!d.help.empty()) one["help"] = d.help;
    found.push_back(std::move(one));
  }
  return boost::json::serialize(found) + "\n";
}

}  // namespace nearfar::config
