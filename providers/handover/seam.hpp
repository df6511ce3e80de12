// How what comes joins what was said: set by whoever wrote the request, obeyed by the splicer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nearfar::providers::handover {

enum class seam : std::uint8_t {
  exact,     // goes on where it was told to: joined as it comes, so that true repetition survives
  may_echo,  // may repeat the end of what was said, or all of it: what is repeated is dropped
  restart,   // begins the answer again: silenced while it repeats what was said
};

struct seam_rule {
  seam how = seam::exact;
  // ASCII white space at the end of what was said that the target was not sent, in bytes: the target
  // will most likely begin with it, and the client has it already.
  std::size_t cut = 0;
  // What the target was asked to begin with: so many bytes at the end of what it was sent. 0: nothing.
  std::size_t anchor = 0;
  // It begins a message of its own (a user turn asked it to go on): chat templates and tokenizers take
  // away the white space that the message would begin with.
  bool own_message = false;
};

}  // namespace nearfar::providers::handover
