#include "tests/integration/recorded_request.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace nearfar::tests {

std::string recorded_request_file::bytes() const {
  auto out = fmt::format("{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\n", method, target);
  for (const auto& [name, value] : fields) out += fmt::format("{}: {}\r\n", name, value);
  if (!body.empty()) out += fmt::format("content-length: {}\r\n", body.size());
  return out + "\r\n" + body;
}

recorded_request_file recorded(std::string_view name) {
  std::ifstream file(fmt::format("{}/tests/integration/fixtures/clients/{}.http", NEARFAR_SOURCE_DIR, name));
  if (!file) throw std::runtime_error(fmt::format("no recorded request {}", name));
  recorded_request_file out;
  std::string line;
  std::getline(file, line);
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  while (std::getline(file, line) && !line.empty()) {
    const auto colon = line.find(": ");
    out.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  std::ostringstream rest;
  rest << file.rdbuf();
  out.body = rest.str();
  return out;
}

}  // namespace nearfar::tests
