#include "providers/dialects/multipart.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using nearfar::providers::form_boundary;
using nearfar::providers::scan_form;

namespace {

std::string part(std::string_view name, std::string_view value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(value) + "\r\n";
}

}  // namespace

TEST_CASE("the boundary is read off the content type") {
  CHECK(form_boundary("multipart/form-data; boundary=abc") == "abc");
  CHECK(form_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"") == "a b");
  CHECK(form_boundary("multipart/form-data").empty());
  CHECK(form_boundary("application/json").empty());
  CHECK(form_boundary("multipart/form-data; boundary=" + std::string(71, 'x')).empty());
}

TEST_CASE("the part named model is found, wherever it stands") {
  for (const auto& body : {part("model", "whisper") + part("file", "\r\n--x") + "--b--\r\n",
                           part("file", "--b") + part("model", "whisper") + "--b--",
                           "preamble\r\n" + part("model", "whisper") + "--b--\r\nepilogue"}) {
    const auto found = scan_form(body, "b");
    REQUIRE(found.has_value());
    CHECK(body.substr(found->model.offset, found->model.length) == "whisper");
  }
}

TEST_CASE("a form whose model is not beyond doubt is refused") {
  CHECK_FALSE(scan_form(part("file", "x") + "--b--", "b").has_value());
  CHECK_FALSE(scan_form(part("model", "x") + part("model", "y") + "--b--", "b").has_value());
  CHECK_FALSE(scan_form(part("model", "") + "--b--", "b").has_value());
  CHECK_FALSE(scan_form(part("model", "x"), "b").has_value());
  CHECK_FALSE(scan_form("", "b").has_value());
  CHECK_FALSE(scan_form("--b", "b").has_value());
  CHECK_FALSE(scan_form("--b\r\n", "b").has_value());
}
