#!/usr/bin/env bash
# Runs slimify with the action's inputs and sets its outputs. Part of action.yml, which passes each input as a variable
# INPUT_…; none is ever evaluated by the shell.
set -euo pipefail

fail() {
	printf '::error title=slimify::%s\n' "$*" >&2
	exit 2
}

args=()

# flag NAME VALUE adds a flag unless its value is empty.
flag() { [ -z "$2" ] || args+=("$1=$2"); }

# lines PREFIX TEXT adds an argument for each line that is not blank.
lines() {
	local line
	while IFS= read -r line; do
		line=${line#"${line%%[![:space:]]*}"}
		line=${line%"${line##*[![:space:]]}"}
		[ -z "$line" ] || args+=("$1$line")
	done <<<"$2"
}

# output NAME VALUE sets an output. A line break in the value would set another
# one.
output() {
	case $2 in *[$'\n\r']*) fail "the output $1 has a line break" ;; esac
	printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

command -v jq >/dev/null || fail "the action needs jq, which this runner lacks"
[ -n "$INPUT_SOURCE" ] || fail "the input source is empty"
[ -n "$INPUT_RESULT" ] || fail "the input result is empty"
lines --tag= "$INPUT_TAGS"
flag --base "$INPUT_BASE"
flag --platform "$INPUT_PLATFORMS"
lines --keep= "$INPUT_KEEP"
lines --drop= "$INPUT_DROP"
flag --max-size "$INPUT_MAX_SIZE"
flag --min-saving "$INPUT_MIN_SAVING"
case $INPUT_STRICT in
true) args+=(--strict) ;;
false | '') ;;
*) fail "the input strict is true or false, not \"$INPUT_STRICT\"" ;;
esac
lines '' "$INPUT_ARGS"

# A .slimify.yaml in the checkout must not change the output's form. Of all failures only a failed
# gate writes reports.
dir=$(mktemp -d "$RUNNER_TEMP/slimify-XXXXXX")
status=0
image=$(slimify slim --report "$dir/report.md" --metadata-file "$dir/report.json" \
	${args[@]+"${args[@]}"} --output=text -- "$INPUT_SOURCE" "$INPUT_RESULT") || status=$?
if [ -s "$dir/report.md" ]; then
	output report "$dir/report.md"
	output metadata "$dir/report.json"
	cat "$dir/report.md" >>"$GITHUB_STEP_SUMMARY"
fi
[ "$status" -eq 0 ] || exit "$status"
output image "$image"
output digest "$(jq -r .result.digest "$dir/report.json")"
output bytes-before "$(jq '[.platforms[].bytes.compressed.before] | add // 0' "$dir/report.json")"
output bytes-after "$(jq '[.platforms[].bytes.compressed.after] | add // 0' "$dir/report.json")"
