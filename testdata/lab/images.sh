# shellcheck shell=bash
# Building the official images on top of Debian's first layer, and how any image of the lab reaches the registry. Sourced by
# `lab`.

# fail_with LOG: the last lines of a failed build, which say why it failed.
fail_with() {
	tail -n 25 "$1" >&2
	say "failed; the whole log is $1"
	exit 1
}

# bud_recipe ARGUMENT...: `bud` of the Dockerfile on standard input, with nothing else to copy from.
bud_recipe() {
	local context status=0
	context=$(mktemp -d "$LAB_DIR/tmp/context.XXXXXX")
	cat >"$context/Dockerfile"
	bud "$@" "$context" || status=$?
	rm -r "$context"
	return "$status"
}

# buildpack_deps SUITE: localhost/buildpack-deps:SUITE, the three layers between debian and CPython in fat.
buildpack_deps() {
	local suite=$1 hash log=$LAB_DIR/log/buildpack-deps-$1.log
	hash=$(recipe debian.sh debian recipes.sh preferences.d)
	debian "$suite" fat
	done_already "buildpack-deps-$suite" "$hash" && return
	say "buildpack-deps:$suite"
	buildpack_deps_recipe "$suite" | bud_recipe --tag "localhost/buildpack-deps:$suite" >"$log" 2>&1 || fail_with "$log"
	mark_done "buildpack-deps-$suite" "$hash"
}

# tags VERSION fat|slim: the tags of an image in library/python.
tags() {
	local version=$1 release suite slim=
	release=$(full_version "$version")
	suite=$(suite_of "$version")
	[ "$2" = fat ] || slim=-slim
	echo "$version$slim $release$slim $version$slim-$suite $release$slim-$suite"
}

# official VERSION fat|slim: builds python:VERSION or python:VERSION-slim and pushes it under all its tags.
official() {
	local version=$1 kind=$2 name=python-$1-$2 suite hash
	suite=$(suite_of "$version")
	hash=$(recipe common.sh debian.sh debian preferences.d images.sh recipes.sh cpython.sh compile get-pip.py history)
	if done_already "$name" "$hash" && tag_exists library/python "$(tags "$version" "$kind" | cut -d' ' -f1)"; then
		return
	fi
	debian "$suite" "$kind"
	[ "$kind" = slim ] || buildpack_deps "$suite"
	cpython "$version"
	say "python:$(tags "$version" "$kind" | cut -d' ' -f1)"
	# What the recipe finds in /usr/src.
	cp "$LAB_SOURCE/get-pip.py" "$LAB_DIR/cpython/$version/"
	local volumes=(--volume "$LAB_DIR/cpython/$version:/usr/src:ro" --volume "$(pip_home):/root:ro") log=$LAB_DIR/log/$name.log
	if [ "$kind" = slim ]; then
		# Its packages come without the security suite, see debian.sh; the image still lists that suite.
		sources "$suite" >"$LAB_DIR/etc/$suite.list"
		volumes+=(--volume "$LAB_DIR/etc/$suite.list:/etc/apt/sources.list:ro")
	fi
	python_recipe "$version" "$kind" | bud_recipe --no-cache "${volumes[@]}" --tag "localhost/python:$version-$kind" \
		>"$log" 2>&1 || fail_with "$log"
	# shellcheck disable=SC2046 # one word per tag
	push "localhost/python:$version-$kind" "$suite" $(tags "$version" "$kind" | sed 's,[^ ]*,library/python:&,g')
	mark_done "$name" "$hash"
}

# pip_home: a home directory that makes pip trust the machine's certificate authorities. It is mounted over /root while
# the official images are built, so that neither a layer nor a config tells of it. Prints the folder.
pip_home() {
	local home=$LAB_DIR/etc/home
	mkdir -p "$home/.config/pip"
	cp "$LAB_CA" "$home/ca.crt"
	printf '[global]\ncert = /root/ca.crt\ndisable-pip-version-check = yes\n' >"$home/.config/pip/pip.conf"
	echo "$home"
}

tag_exists() { curl -fsS -o /dev/null -I "http://$LAB_REGISTRY/v2/$1/manifests/$2" 2>/dev/null; }

# push IMAGE SUITE NAME...: pushes an official image from the lab's storage, with the history that it has in that suite.
push() {
	local image=$1 suite=$2 exported=$LAB_DIR/tmp/push name
	shift 2
	rm -rf "$exported"
	buildah push --quiet --signature-policy "$LAB_DIR/etc/policy.json" "$image" "dir:$exported"
	"$LAB_SOURCE/history" "$exported" "$suite"
	for name; do
		lab_skopeo copy --quiet --dest-tls-verify=false "dir:$exported" "docker://$LAB_REGISTRY/$name"
	done
	rm -rf "$exported"
}

# image [--no-ca] FOLDER NAME [ARGUMENT...]: builds the Dockerfile in FOLDER on the lab's images as a user would, with
# further arguments for `buildah bud`, and pushes it as NAME (repository:tag). The machine's certificate authorities are
# mounted over pip's own bundle while it builds; --no-ca leaves that out, for Dockerfiles that replace pip.
image() {
	local ca=yes folder name version volumes=() log
	if [ "$1" = --no-ca ]; then ca=no; shift; fi
	folder=$1 name=$2
	shift 2
	log=$LAB_DIR/log/image-${name//[\/:]/-}.log
	# Where pip lies in the first official image that the Dockerfile names. A path that an image lacks must not be
	# mounted: buildah would leave an empty file behind.
	version=$(sed -nE '/^FROM/ s,.*python:([0-9]+\.[0-9]+).*,\1,p' "$folder/Dockerfile" | sed -n 1p)
	if [ "$ca" = yes ] && [ -n "$version" ]; then
		volumes=(--volume "$LAB_CA:/usr/local/lib/python$version/site-packages/pip/_vendor/certifi/cacert.pem:ro")
	fi
	say "$name"
	bud --pull "${volumes[@]}" --tag "localhost/$name" "$@" "$folder" >"$log" 2>&1 || fail_with "$log"
	buildah push --quiet --tls-verify=false --signature-policy "$LAB_DIR/etc/policy.json" "localhost/$name" \
		"docker://$LAB_REGISTRY/$name"
}

# seed: the images that the issue shows, both ways of writing them.
seed() {
	local seed version hash way
	seed=$(cd "$LAB_SOURCE/../e2e/seed" && pwd)
	for version in 3.9 3.11; do
		for way in "" -twostage; do
			hash=$(cd "$seed" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
			hash+=-$(cat "$LAB_DIR/built/python-$version-fat" "$LAB_DIR/built/python-$version-slim" | tr -d '\n')
			if done_already "seed-$version$way" "$hash" && tag_exists seed/flask "$version$way"; then
				continue
			fi
			image "$seed/flask-$version$way" "seed/flask:$version$way"
			mark_done "seed-$version$way" "$hash"
		done
	done
}
