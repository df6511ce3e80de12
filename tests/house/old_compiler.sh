#!/usr/bin/env bash
# GCC 12 is refused by one line that says why and what to take instead.
. "$(dirname "$0")/common.sh"
refused() { # refused OUTPUT CODE
  [ "$2" != 0 ] || complain "was accepted" "$1"
  [ "$(grep -cE 'GCC 12[.0-9]* miscompiles .*clang\+\+-19' <<<"$1")" = 1 ] || complain "no such line in" "$1"
}
code=0
output=$(cmake -DCMAKE_CXX_COMPILER_ID=GNU -DCMAKE_CXX_COMPILER_VERSION=12.2.0 -P cmake/compiler.cmake 2>&1) || code=$?
refused "$output" "$code"

# And for real, where that compiler is at hand.
if command -v g++-12 >/dev/null; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  code=0
  output=$(cmake -S . -B "$folder" -DCMAKE_CXX_COMPILER=g++-12 2>&1) || code=$?
  refused "$output" "$code"
fi
finish
