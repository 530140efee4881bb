# shellcheck shell=bash
# shellcheck disable=SC2034 # the settings are for those who source this
#
# What every script of the lab shares: where things lie, how buildah and skopeo are called so that they touch
# nothing outside the cache directory, and how to say "not here" in one line. Sourced, never run.

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_DIR=${SLIMIFY_LAB_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/slimify-lab}
LAB_PORT=${SLIMIFY_LAB_PORT:-5055}
LAB_REGISTRY=127.0.0.1:$LAB_PORT
# Certificate authorities of the machine; mounted into builds, never copied into an image.
LAB_CA=${SLIMIFY_LAB_CA:-/etc/ssl/certs/ca-certificates.crt}

readonly EX_TEMPFAIL=75

say() { printf 'lab: %s\n' "$*" >&2; }

# skip: the lab cannot work on this machine. Callers that see status 75 skip their tests with this message.
skip() { printf 'lab: not available here: %s\n' "$*" >&2; exit "$EX_TEMPFAIL"; }

# suite_of VERSION: the Debian suite that a minor version of Python is built on.
suite_of() {
	case $1 in
	3.9) echo bullseye ;;
	3.11) echo bookworm ;;
	*) echo "lab: no recipe for Python $1" >&2; return 2 ;;
	esac
}

# full_version VERSION: the release that Debian carries the sources of.
full_version() {
	case $1 in
	3.9) echo 3.9.2 ;;
	3.11) echo 3.11.2 ;;
	*) echo "lab: no recipe for Python $1" >&2; return 2 ;;
	esac
}

# recipe FILE...: one hash over the recipes (files or folders) that something is built from.
recipe() {
	(cd "$LAB_SOURCE" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

# done_already NAME HASH / mark_done NAME HASH: what has been built, from which recipe.
done_already() { [ "$(cat "$LAB_DIR/built/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { mkdir -p "$LAB_DIR/built" && echo "$2" >"$LAB_DIR/built/$1"; }

# write_settings generates the configuration of containers/storage and containers/image. It is kept apart from the
# machine's own, so that the lab can be deleted as one folder and short names lead to the lab's registry.
write_settings() {
	mkdir -p "$LAB_DIR"/{etc,tmp,storage,run,registry,built,log}
	local driver
	driver=$(cat "$LAB_DIR/etc/driver" 2>/dev/null) || driver=$(storage_driver)
	echo "$driver" >"$LAB_DIR/etc/driver"
	cat >"$LAB_DIR/etc/storage.conf" <<-END
		[storage]
		driver = "$driver"
		graphroot = "$LAB_DIR/storage"
		runroot = "$LAB_DIR/run"
	END
	cat >"$LAB_DIR/etc/registries.conf" <<-END
		unqualified-search-registries = ["docker.io"]
		short-name-mode = "permissive"

		[[registry]]
		prefix = "docker.io"
		location = "$LAB_REGISTRY"
		insecure = true

		[[registry]]
		location = "$LAB_REGISTRY"
		insecure = true
	END
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$LAB_DIR/etc/policy.json"
	export CONTAINERS_STORAGE_CONF=$LAB_DIR/etc/storage.conf
	export CONTAINERS_REGISTRIES_CONF=$LAB_DIR/etc/registries.conf
	export BUILDAH_ISOLATION=chroot
	export TMPDIR=$LAB_DIR/tmp
}

# storage_driver: overlay where the kernel lets us mount it, else the slow vfs.
storage_driver() {
	local try
	try=$(mktemp -d "$LAB_DIR/tmp/overlay.XXXXXX")
	mkdir "$try"/{lower,upper,work,merged}
	if mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null; then
		umount "$try/merged"
		echo overlay
	else
		echo vfs
	fi
	rm -rf "$try"
}

# Mounted in every container that installs Debian packages.
PREFERENCES=$LAB_SOURCE/preferences.d:/etc/apt/preferences.d:ro

# bud: `buildah bud` as all of the lab's images are built: a layer per instruction, Docker's media types, no labels.
bud() {
	buildah bud --layers --isolation chroot --format docker --identity-label=false --force-rm --volume "$PREFERENCES" \
		--signature-policy "$LAB_DIR/etc/policy.json" "$@"
}

lab_skopeo() { skopeo --policy "$LAB_DIR/etc/policy.json" "$@"; }

# clean_up leaves no container and no mount of the lab behind. Trapped on exit by every script that builds.
clean_up() {
	local status=$? target
	trap - EXIT
	if [ "$status" -ne 0 ] && command -v buildah >/dev/null; then
		buildah rm --all >/dev/null 2>&1 || true
	fi
	# Newest mounts first: they may lie within older ones.
	while read -r target; do
		umount "$target" 2>/dev/null || umount --lazy "$target" || true
	done < <(awk -v dir="$LAB_DIR/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | tac)
	rm -rf "${LAB_DIR:?}/tmp"
	mkdir -p "$LAB_DIR/tmp"
	return "$status"
}
