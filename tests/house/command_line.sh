#!/usr/bin/env bash
# command_line.sh NEARFAR: exit codes and words of the commands that need no server.
. "$(dirname "$0")/common.sh"
nearfar=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { # run CODE PATTERN ARGUMENT...: the exit code, and a line of the output
  local code=0 output wanted=$1 pattern=$2
  shift 2
  output=$(cd "$work" && env -u XDG_CONFIG_HOME HOME="$work/home" "$nearfar" "$@" 2>&1) || code=$?
  [ "$code" = "$wanted" ] || complain "nearfar $* ended with $code, not $wanted" "$output"
  grep -qE -- "$pattern" <<<"$output" || complain "nearfar $*: no line like /$pattern/" "$output"
}

printf 'version: 1\nprovders: {}\n' >"$work/wrong.yaml"
sed "s#\.\./models#$PWD/models#" config/nearfar.yaml >"$work/right.yaml"

run 0 '^nearfar [0-9]+\.[0-9]+\.[0-9]+$' --version
run 0 'check' --help
run 2 'subcommand' # no command at all
run 2 'subcommand' nonsense
run 2 'no such file' check absent.yaml
run 2 'not a file' check .
run 1 'wrong.yaml:2:1' check wrong.yaml
run 1 'providers' check wrong.yaml
run 1 '^\[\{.*"code":"P012"' check --json wrong.yaml
run 0 'right.yaml: ok' check right.yaml
run 2 'nearfar.yaml and .*/home/.config/nearfar/nearfar.yaml' serve
run 2 'no such file' serve --config absent.yaml
run 1 'wrong.yaml:2:1' serve --config wrong.yaml
run 1 'no last good policy' serve --last-good --config wrong.yaml
run 2 'made by .nearfar serve.' status --config right.yaml
run 2 'for is required' off phone --config right.yaml
run 2 'needs a unit' last phone --for 2 --config right.yaml
run 2 'at most 30d' off phone --for 31d --config right.yaml
run 2 'no such file' tail --config absent.yaml
run 2 'threads' serve --config right.yaml --threads 0
run 0 '"\$schema": "https://json-schema.org/draft/2020-12/schema"' schema
run 0 'providers +places that serve models' docs
run 0 'balanced +expected cost' docs rules.order
run 0 '^\[\{"kind":"fact","name":"network"' docs network --json
run 0 '^# Every key and every fact$' docs --markdown
run 2 'did you mean `order`' docs ordr
finish
