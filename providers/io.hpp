// The Asio types of the project: one executor type everywhere, so that nothing is type-erased on the
// hot path.
//
// House rule for coroutines: state of a spawned coroutine goes in by value, references only into
// coroutines that are awaited at once; errors are values (as_tuple), cancellation is decided by a
// flag of ours, never by the error code alone.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace nearfar::providers {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T>
using task = asio::awaitable<T, executor>;

inline constexpr asio::use_awaitable_t<executor> use_task{};
// For `co_await` alone: the operation starts in the frame of whoever awaits it, where use_awaitable would
// allocate one of its own.
inline constexpr asio::as_tuple_t<asio::deferred_t> use_result{};

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;

}  // namespace nearfar::providers
