# Shared by the checks of this folder. Sourced, not run.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

found=0
# complain WHY MATCHES: nothing when there are none.
complain() {
  [ -n "$2" ] || return 0
  printf '%s\n' "$1" && printf '%s\n' "$2" | sed 's/^/  /'
  found=1
}
finish() { exit "$found"; }

# sources FOLDER...: the C++ files there, also new ones that are not yet added.
sources() { find "$@" -name '*.hpp' -o -name '*.cpp' | sort; }
