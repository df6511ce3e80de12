#include "tests/fuzz/beast_head.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <limits>

namespace nearfar::fuzz {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

template <bool is_request>
class recorder final : public http::basic_parser<is_request> {
 public:
  explicit recorder(beast_head& out) : out_(out) {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());
    this->skip(true);  // stop behind the head
  }

 private:
  void on_request_impl(http::verb, beast_view method, beast_view target, int version, error_code&) override {
    out_.method = std::string(method);
    out_.target = std::string(target);
    out_.version = version;
  }
  void on_response_impl(int code, beast_view, int version, error_code&) override {
    out_.status = code;
    out_.version = version;
  }
  void on_field_impl(http::field, beast_view name, beast_view value, error_code&) override {
    out_.fields.emplace_back(std::string(name), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  beast_head& out_;
};

template <bool is_request>
beast_head read_by_beast(std::string_view bytes) {
  beast_head out;
  recorder<is_request> parser(out);
  error_code ec;
  const auto used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  out.whole = !ec && parser.is_header_done() && used == bytes.size();
  return out;
}

}  // namespace

beast_head read_request_by_beast(std::string_view bytes) {
  return read_by_beast<true>(bytes);
}

beast_head read_response_by_beast(std::string_view bytes) {
  return read_by_beast<false>(bytes);
}

}  // namespace nearfar::fuzz
