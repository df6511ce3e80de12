#!/usr/bin/env bash
# The helpers of scripts/: they parse, their JSON is right, and an installed machine is left alone.
. "$(dirname "$0")/common.sh"
. scripts/lib/json.sh
is() { # is WHAT GOT WANTED
  [ "$2" = "$3" ] || complain "$1" "got $2, wanted $3"
}
for file in .ci/run scripts/run scripts/test scripts/demo-tunnel scripts/fetch-llama-server scripts/lib/*.sh tests/house/*.sh tests/conformance/*.sh tests/fault/*.sh; do
  case $(head -n 1 "$file") in '#!/bin/sh'*) shell=sh ;; *) shell=bash ;; esac
  complain "$file does not parse" "$($shell -n "$file" 2>&1 || true)"
done

is "quoting" "$(json_string $'say "hi"\\\n\t\x01 你好')" '"say \"hi\"\\\n\t\u0001 你好"'
line='data: {"choices":[{"delta":{"role":"assistant","content":"a \"content\":\"b\" \u4f60\ud83d\ude00\/\n."}}]}'
is "reading" "$(json_unescape "$(json_field content "$line")")" $'a "content":"b" 你😀/\n.'
is "absence" "$(json_field content '{"delta":{"content":null}}' || echo none)" none
is "another key's name" "$(json_field content '{"reasoning_content":"x"}' || echo none)" none

is "usage of the demo" "$(scripts/demo-tunnel --nonsense >/dev/null 2>&1; echo $?)" 2
is "usage of run" "$(scripts/run --nonsense >/dev/null 2>&1; echo $?)" 2
finish
