#!/usr/bin/env bash
# floors.sh COMPILER: config <- routes <- providers <- gateway, and nothing looks up. routes/ decides
# from what it is given, so it knows no socket, file, thread or clock; codecs know no Asio.
. "$(dirname "$0")/common.sh"
compiler=$1

includes() { # includes PATTERN FILES...: lines that include it
  local pattern=$1
  shift
  grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "$@" || true
}
mapfile -t config < <(sources config)
mapfile -t routes < <(sources routes)
mapfile -t providers < <(sources providers)
mapfile -t codecs < <(sources providers/dialects)

complain "config/ knows nobody" "$(includes '(routes|providers|gateway)/' "${config[@]}")"
complain "routes/ knows config/ only" "$(includes '(providers|gateway)/' "${routes[@]}")"
complain "providers/ knows routes/ and config/" "$(includes 'gateway/' "${providers[@]}")"

outside='boost/(asio|beast|process)|openssl/|sqlite3|sys/|netinet/|arpa/|netdb|unistd|fcntl|poll|'
outside+='thread|mutex|shared_mutex|condition_variable|future|fstream|iostream|filesystem|random|ctime|time\.h'
complain "routes/ is pure: no Asio, socket, file, thread" "$(includes "$outside" "${routes[@]}")"
complain "routes/ is pure: time is passed in" \
  "$(grep -nE '(system|steady|high_resolution|utc|file)_clock::now|\b(clock_gettime|gettimeofday|std::time)\b *\(' \
    "${routes[@]}" || true)"
complain "codecs are sans-I/O" "$(includes 'boost/(asio|beast)|sys/|netinet/|thread|fstream|providers/(device|os|io)' "${codecs[@]}")"

# What they reach through other headers counts too.
mapfile -t units < <(find routes providers/dialects -name '*.cpp')
reached=$(printf '%s\0' "${units[@]}" |
  xargs -0 -n 1 -P "$(nproc)" "$compiler" -std=c++20 -I. -M 2>&1 |
  tr ' ' '\n' | grep -E 'boost/(asio|beast)/|/openssl/|fatal error' | sort -u | head -n 5 || true)
complain "routes/ and the codecs reach these through other headers" "$reached"
finish
