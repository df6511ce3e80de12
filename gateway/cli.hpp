// The command line: arguments, signals, exit codes and standard output. The gateway itself is a
// library that knows none of these.
#pragma once

namespace nearfar::gateway {

// Exit codes of every command: 0 ok, 1 findings, 2 usage or I/O.
int run_command_line(int argc, char** argv);

}  // namespace nearfar::gateway
