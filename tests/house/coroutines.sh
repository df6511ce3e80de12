#!/usr/bin/env bash
# A lambda's captures live in the closure, not in the coroutine's frame: a lambda that is a coroutine
# captures nothing, its state comes in as arguments.
. "$(dirname "$0")/common.sh"
for file in $(sources config routes providers gateway tests bench); do
  hits=$(grep -Pzo '\[[^\[\]]+\][ \n]*\([^()]*\)[ \n]*(mutable[ \n]*)?(noexcept[ \n]*)?->[ \n]*((boost::)?(asio::)?awaitable|(providers::)?task)[ \n]*<' \
    "$file" | tr '\0' '\n' || true)
  complain "$file: a coroutine lambda with captures" "$hits"
done
finish
