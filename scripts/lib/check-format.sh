#!/usr/bin/env bash
# Every C++ file as .clang-format has it; --fix makes it so.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"
how=(--dry-run -Werror)
[ "${1:-}" != --fix ] || how=(-i)
git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 "${how[@]}"
