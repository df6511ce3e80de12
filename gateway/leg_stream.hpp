// The second and later legs of a streamed answer: what the next target says, joined to what the client
// has, as events under the first leg's name. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"
#include "providers/dialects/stream_observer.hpp"
#include "providers/dialects/usage.hpp"
#include "providers/handover/ask.hpp"
#include "providers/handover/splicer.hpp"
#include "routes/error.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// What the client knows a broken stream by, and what of it the client has.
struct stream_so_far {
  std::string id;
  std::uint64_t created = 0;
  std::string model;
  std::string said;
  providers::begun_answer begun;  // where a first leg's bytes were passed as they came; without its text
};

class leg_stream {
 public:
  // `so_far` outlives the leg, and so does the writer of the client's stream. `kind` is how its target will
  // be asked.
  leg_stream(const stream_so_far& so_far, config::continuation_kind kind, providers::stream_writer& to);

  config::continuation_kind kind() const { return kind_; }
  // The request was written; it may have left only a weaker way.
  void begin(const providers::handover::asked& how);

  // After every read: takes the text that is new in `seen`. Then ready() holds the events that may go
  // out, valid until the next take().
  void take(const providers::stream_observer& seen);
  std::span<const std::string_view> ready() const;
  // The target ended its answer: the rest of the text, the finish reason, the usage where the client
  // asked for it, and the dialect's end. Nullopt: what it said cannot be joined.
  std::optional<std::string> ending(const providers::stream_observer& seen,
                                    const std::optional<providers::usage>& sum);

  bool spoke() const { return spoke_; }  // the client has, or is about to get, a part of this leg
  // Why it cannot go on: it says something else, or calls a tool.
  const std::optional<routes::error>& unfit() const { return unfit_; }
  // All that the client has with this leg.
  const std::string& said() const { return said_; }

 private:
  void let_out(std::string_view text, std::string& events);

  const stream_so_far& so_far_;
  config::continuation_kind kind_;
  providers::stream_writer& writer_;
  std::unique_ptr<providers::handover::splicer> seam_;
  std::size_t taken_ = 0;  // of the target's text
  std::string said_;
  std::string out_;
  std::string events_;
  std::string_view ready_;
  bool spoke_ = false;
  std::optional<routes::error> unfit_;
};

}  // namespace nearfar::gateway
