# shellcheck shell=bash
# CPython for /usr/local: compiled once per suite inside the fat image's buildpack-deps, or taken from a prefix that the
# machine has already. Both images of a version install from it, each with its own file times. Sourced by `lab`.

# given_prefix VERSION: a prefix of that version, configured for /usr/local, that the caller named; or nothing.
given_prefix() {
	local variable=SLIMIFY_LAB_PREFIX_${1/./_}
	echo "${!variable:-}"
}

# cpython VERSION: fills $LAB_DIR/cpython/VERSION/python with what `make install` installs, /usr/local/bin and so on.
cpython() {
	local version=$1 suite release prefix hash out=$LAB_DIR/cpython/$1 log=$LAB_DIR/log/cpython-$1.log
	suite=$(suite_of "$version")
	release=$(full_version "$version")
	prefix=$(given_prefix "$version")
	hash=$(recipe cpython.sh compile)-$prefix
	done_already "cpython-$version" "$hash" && return
	rm -rf "$out"
	mkdir -p "$out/python/usr/local"
	if [ -n "$prefix" ]; then
		[ -x "$prefix/bin/python$version" ] || { say "$prefix holds no bin/python$version"; return 2; }
		say "CPython $version from $prefix"
		cp -a "$prefix/." "$out/python/usr/local/"
	else
		say "CPython $release, compiled on $suite (a few minutes)"
		buildpack_deps "$suite"
		local container
		container=$(buildah from --signature-policy "$LAB_DIR/etc/policy.json" "localhost/buildpack-deps:$suite")
		buildah run --isolation chroot --volume "$PREFERENCES" --volume "$out/python:/out" \
			--volume "$LAB_SOURCE/compile:/usr/src/compile:ro" "$container" \
			/bin/bash /usr/src/compile "$version" "$release" >"$log" 2>&1 || fail_with "$log"
		buildah rm "$container" >/dev/null
	fi
	mark_done "cpython-$version" "$hash"
}
