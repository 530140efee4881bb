#!/usr/bin/env bash
# Installs slimify on PATH for later steps: a release, verified by its checksums, or the action's own code, built
# with Go. Part of action.yml, which sets ACTION_PATH, ACTION_REF, INPUT_VERSION and INPUT_RELEASES.
set -euo pipefail

fail() {
	printf '::error title=slimify::%s\n' "$*" >&2
	exit 1
}

# platform prints this runner's platform as in the names of .goreleaser.yaml.
platform() {
	local os arch
	case $RUNNER_OS in
	Linux) os=linux ;;
	macOS) os=darwin ;;
	*) fail "the action runs on Linux and macOS, not on $RUNNER_OS" ;;
	esac
	case $RUNNER_ARCH in
	X64) arch=amd64 ;;
	ARM64) arch=arm64 ;;
	*) fail "there is no release for $RUNNER_ARCH; use the input version: source" ;;
	esac
	printf '%s_%s\n' "$os" "$arch"
}

sha256() {
	if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

download() {
	curl --fail --silent --show-error --location --retry 3 --output "$2" "$1" || fail "downloading $1 failed"
}

# release VERSION DIR downloads a release and verifies it before unpacking.
release() {
	local version=$1 dir=$2 archive want got
	archive="slimify_${version}_$(platform).tar.gz"
	download "$INPUT_RELEASES/v$version/checksums.txt" "$dir/checksums.txt"
	download "$INPUT_RELEASES/v$version/$archive" "$dir/$archive"
	want=$(awk -v name="$archive" '$2 == name { print $1 }' "$dir/checksums.txt")
	got=$(sha256 "$dir/$archive")
	[ -n "$want" ] || fail "the checksums of release $version do not name $archive"
	[ "$got" = "$want" ] || fail "$archive has the checksum $got, and the release says $want"
	tar -xzf "$dir/$archive" -C "$dir" slimify
}

source_code() {
	command -v go >/dev/null || fail "building slimify needs Go: put actions/setup-go before, or name a release with the input version"
	CGO_ENABLED=0 go build -C "$ACTION_PATH" -trimpath -o "$1/slimify" ./cmd/slimify
}

version=${INPUT_VERSION#v}
if [ -z "$version" ] && [[ $ACTION_REF =~ ^v([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?)$ ]]; then
	version=${BASH_REMATCH[1]}
fi
dir=$(mktemp -d "$RUNNER_TEMP/slimify-XXXXXX")
case $version in
'' | source) source_code "$dir" ;;
*[!0-9A-Za-z.-]*) fail "version \"$version\" is none: write one such as 1.2.3, or source" ;;
*) release "$version" "$dir" ;;
esac
"$dir/slimify" version
printf '%s\n' "$dir" >>"$GITHUB_PATH"
