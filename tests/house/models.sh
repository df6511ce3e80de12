#!/usr/bin/env bash
# models.sh NEARFAR: what `nearfar models` lists, finds, misses and imports.
. "$(dirname "$0")/common.sh"
nearfar=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { # run CODE PATTERN ARGUMENT...: the exit code, and a line of the output
  local code=0 output wanted=$1 pattern=$2
  shift 2
  output=$(cd "$work" && env -u XDG_CONFIG_HOME -u NEARFAR_NO_KEY NEARFAR_KEY=x HOME="$work/home" "$nearfar" models "$@" 2>&1) ||
    code=$?
  [ "$code" = "$wanted" ] || complain "nearfar models $* ended with $code, not $wanted" "$output"
  grep -qE -- "$pattern" <<<"$output" || complain "nearfar models $*: no line like /$pattern/" "$output"
}

cat >"$work/nearfar.yaml" <<'END'
version: 1
server: {state: ./state}
providers:
  phone: {tier: device, runtime: {kind: llama-server}, models: {small: {file: ./none.gguf, context: 4k, quality: 7}}}
  lab: {tier: self_hosted, preset: vllm, models: discover}
  there: {tier: remote, preset: openai, key: {env: NEARFAR_KEY}, models: [gpt-5.4-mini]}
  gone: {tier: remote, preset: anthropic, key: {env: NEARFAR_NO_KEY}, optional: true, models: [claude-haiku-4-5]}
  router: {tier: remote, preset: openrouter, key: {env: NEARFAR_KEY}, models: [new/model, anthropic/claude-haiku-4.5]}
END

run 0 '^target +tier +in +out +context +max output +can +quality +state$'
run 0 '^phone/small +device +0 +0 +4k +\? .* 7 +absent: there is no .*/none.gguf$'
run 0 '^lab/\* +self_hosted .*absent: its list has not been fetched'
run 0 '^there/gpt-5.4-mini +remote +0.75 +4.5 +400k +128k +.*images.* ready$'
run 0 '^gone/claude-haiku-4-5 .*absent: environment variable NEARFAR_NO_KEY is not set$'
run 0 '^router/new/model +remote +\? +\? .*ready$'
run 0 '^gone/' gone absent
run 1 '^target' no-such-model
run 0 '"target":"there/gpt-5.4-mini","state":"ready".*"known_from":"catalog 2026' --json gpt-5.4-mini
run 0 '^google/gemini-2.5-pro .*not configured$' --catalog gemini-2.5-pro
run 2 'no such file' --config absent.yaml

cat >"$work/list.json" <<'END'
{"data": [{"id": "new/model", "context_length": 32768, "pricing": {"prompt": "0.000002", "completion": "0.000004"},
  "architecture": {"input_modalities": ["text", "audio"], "output_modalities": ["text"]},
  "supported_parameters": ["tools"]}]}
END
run 0 'state/catalog.csv: 1 models of OpenRouter$' import list.json
run 0 '^router/new/model +remote +2 +4 +32k +\? +tools,audio ' new/model
run 0 '"known_from":"imported 20' --json new/model
run 0 '^openrouter/new/model ' --catalog new
printf '{"data": [{"id": 3}]}' >"$work/wrong.json"
run 1 'wrong.json: `data\[0\].id` is no text' import wrong.json
printf '{"data": [\n}' >"$work/cut.json"
run 1 'cut.json: line 2, column 1: ' import cut.json
run 0 '^router/new/model +remote +2 ' new/model # what is refused changes nothing
run 2 'absent.json' import absent.json
finish
