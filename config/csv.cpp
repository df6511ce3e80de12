#include "config/csv.hpp"

#include <utility>

namespace nearfar::config {

std::vector<csv_row> parse_csv(std::string_view text) {
  std::vector<csv_row> rows;
  csv_row row;
  std::string field;
  bool quoted = false;
  bool begun = false;  // something of this row was seen
  const auto end_field = [&] { row.push_back(std::exchange(field, {})); };
  const auto end_row = [&] {
    if (begun) {
      end_field();
      rows.push_back(std::exchange(row, {}));
    }
    begun = false;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        field += '"';
        ++at;
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '\n') {
      end_row();
      continue;
    }
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    begun = true;
    if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      end_field();
    } else {
      field += c;
    }
  }
  end_row();
  return rows;
}

}  // namespace nearfar::config
