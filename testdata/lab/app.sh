# shellcheck shell=bash
#
# Images of applications, built only when they changed, and the storage that tests pull images into to run them.
# Sourced by `lab`.

# Beside LAB_DIR, as clean_up unmounts all that lies in it.
LAB_RUN=$LAB_DIR-run

# app [OPTION...] FOLDER NAME: builds and pushes an image as `lab image` does, unless that was done from the same folder,
# options and official images before. Options are --no-ca; --system-ca, which mounts the machine's certificate authorities
# over Debian's, too; and those of `buildah bud`, values after "=". A file "check" in the folder is no part of the image.
app() {
	local options=() arguments=() folder name mark hash
	while [[ $1 == --* ]]; do
		case $1 in
		--no-ca) options+=(--no-ca) ;;
		--system-ca) arguments+=(--volume "$LAB_CA:/etc/ssl/certs/ca-certificates.crt:ro") ;;
		*) arguments+=("$1") ;;
		esac
		shift
	done
	folder=$1 name=$2 mark=app-${2//[\/:]/-}
	hash=$(app_recipe "$folder" "${options[@]}" "${arguments[@]}")
	if done_already "$mark" "$hash" && tag_exists "${name%:*}" "${name##*:}"; then
		return
	fi
	if [ ! -e "$folder/.dockerignore" ]; then
		echo check >"$LAB_DIR/etc/ignore"
		arguments+=(--ignorefile "$LAB_DIR/etc/ignore")
	fi
	image "${options[@]}" "$folder" "$name" "${arguments[@]}"
	mark_done "$mark" "$hash"
}

# app_recipe FOLDER OPTION...: one hash over the names, modes and contents of the folder's files, the options, and
# the official images.
app_recipe() {
	local folder=$1
	shift
	{
		cd "$folder" || return
		find . ! -path ./check \( -type l -printf '%p %l\n' -o -printf '%p %M\n' \) | LC_ALL=C sort
		find . -type f ! -path ./check -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
		echo "$@"
		cat "$LAB_DIR"/built/python-*
	} | sha256sum | cut -c1-16
}

# storage prints the configuration of the storage for running images; the signature policy lies beside it.
storage() {
	local etc=$LAB_DIR/etc/run
	mkdir -p "$etc"
	cp "$LAB_DIR/etc/policy.json" "$etc/"
	sed "s,\"$LAB_DIR/,\"$LAB_RUN/," "$LAB_DIR/etc/storage.conf" >"$etc/storage.conf"
	echo "$etc/storage.conf"
}

# remove_storage removes it, with what is mounted in it.
remove_storage() {
	local target
	while read -r target; do
		umount "$target" || umount --lazy "$target" || true
	done < <(awk -v dir="$LAB_RUN/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | tac)
	rm -rf "${LAB_RUN:?}"
}
