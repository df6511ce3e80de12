// The Asio types of the project: one executor type everywhere, so that nothing is type-erased on the
// hot path.
//
// House rule for coroutines: state of a spawned coroutine goes in by value, references only into
// coroutines that are awaited at once; errors are values (as_tuple), cancellation is decided by a
// flag of ours, never by the error code alone.
#pragma once

#include "providers/coroutine/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace nearfar::providers {

// The operation starts in the frame of whoever awaits it.
inline constexpr asio::as_tuple_t<asio::deferred_t> use_result{};

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;

}  // namespace nearfar::providers
