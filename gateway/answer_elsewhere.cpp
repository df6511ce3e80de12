#include "gateway/answer_elsewhere.hpp"

#include "gateway/core.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace nearfar::gateway {

providers::task<simple_answer> answer_elsewhere(core& on, std::function<void(answer_sink)> begin) {
  auto start = [&on, begin = std::move(begin)](auto handler) mutable {
    const auto ex = on.io.get_executor();
    const auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    begin([ex, waiting](simple_answer with) {
      providers::asio::post(
          ex, [waiting, with = std::move(with)]() mutable { std::move (*waiting)(std::move(with)); });
    });
  };
  co_return co_await providers::asio::async_initiate<const providers::asio::deferred_t&, void(simple_answer)>(
      std::move(start), providers::asio::deferred);
}

}  // namespace nearfar::gateway
