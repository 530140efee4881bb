# shellcheck shell=bash
# The first layer of the official images: Debian's minbase, as the debian:SUITE and debian:SUITE-slim images have it.
# Slim's is made without the security suite, so that some of its packages are an older revision than fat's, as happens
# with the official images whenever one was rebuilt and the other not. Sourced by `lab`.

# mirror_of LABEL: where this machine's apt takes Debian (LABEL "Debian") or its security updates ("Debian-Security")
# from. Empty when apt does not say.
mirror_of() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null |
		awk -F'|' -v label="$1" '$1 == "Debian" && $2 == label { sub("/$", "", $3); print $3; exit }'
}

# sources SUITE [with-security]: the lines of a sources.list.
sources() {
	local mirror=${SLIMIFY_LAB_MIRROR:-$(mirror_of Debian)}
	local security=${SLIMIFY_LAB_SECURITY_MIRROR:-$(mirror_of Debian-Security)}
	[ -n "$mirror" ] || skip "apt knows no Debian mirror (set SLIMIFY_LAB_MIRROR)"
	echo "deb $mirror $1 main"
	[ "${2:-}" = with-security ] || return 0
	[ -n "$security" ] || skip "apt knows no Debian security mirror (set SLIMIFY_LAB_SECURITY_MIRROR)"
	echo "deb $mirror $1-updates main"
	echo "deb $security $1-security main"
}

# debian SUITE fat|slim: builds localhost/debian:SUITE or localhost/debian:SUITE-slim in the lab's storage.
debian() {
	local suite=$1 kind=$2 tag=$1 hash context name=debian-$1-$2 log=$LAB_DIR/log/debian-$1-$2.log
	[ "$kind" = fat ] || tag=$suite-slim
	hash=$(recipe debian.sh debian)
	done_already "$name" "$hash" && return
	say "debian:$tag"
	context=$LAB_DIR/debian/$suite-$kind
	rm -rf "$context"
	mkdir -p "$context"
	cp "$LAB_SOURCE/debian/Dockerfile" "$context/"
	sources "$suite" with-security >"$context/sources.list"
	local security=with-security options=()
	if [ "$kind" = slim ]; then
		security=
		# The same names as in the official slim images; later installs in the image obey them as well.
		# shellcheck disable=SC2016 # the hook expands $1
		options=(
			--dpkgopt='path-exclude=/usr/share/doc/*'
			--dpkgopt='path-include=/usr/share/doc/*/copyright'
			--dpkgopt='path-exclude=/usr/share/groff/*'
			--dpkgopt='path-exclude=/usr/share/info/*'
			--dpkgopt='path-exclude=/usr/share/linda/*'
			--dpkgopt='path-exclude=/usr/share/lintian/*'
			--dpkgopt='path-exclude=/usr/share/locale/*'
			--dpkgopt='path-exclude=/usr/share/man/*'
			--customize-hook='mv "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/docker"'
		)
	fi
	if [ "$suite" != bullseye ]; then
		# As in the official images from bookworm on. Left to itself apt takes usrmerge, which brings perl.
		options+=(--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=usr-is-merged)
	fi
	# All of minbase is essential or needed by what is, so nothing is marked manual, as in the official images.
	# shellcheck disable=SC2016 # the hook expands $1
	mmdebstrap --variant=minbase "${options[@]}" \
		--customize-hook='chroot "$1" apt-mark auto ".*" >/dev/null' \
		--customize-hook="upload '$context/sources.list' /etc/apt/sources.list" \
		"$suite" - - < <(sources "$suite" $security) 2>"$log" |
		mmtarfilter --path-exclude='/dev/*' >"$context/debian.tar" || fail_with "$log"
	# Appended, not put in place by hooks: with docker-clean there, mmdebstrap would leave apt's binary caches behind; and
	# it copies the machine's own host name and resolver. Empty files are what builds mount theirs over.
	mkdir -p "$context/etc/apt/apt.conf.d"
	cp "$LAB_SOURCE"/debian/docker-* "$context/etc/apt/apt.conf.d/"
	touch "$context"/etc/{hostname,hosts,resolv.conf}
	(cd "$context" && find etc -type f -print0 | LC_ALL=C sort -z) |
		tar --append --file "$context/debian.tar" --directory "$context" --owner 0 --group 0 --mode 644 \
			--transform 's,^,./,' --null --files-from -
	bud --no-cache --tag "localhost/debian:$tag" "$context" >>"$log" 2>&1 || fail_with "$log"
	rm "$context/debian.tar"
	mark_done "$name" "$hash"
}
