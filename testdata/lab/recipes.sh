# shellcheck shell=bash
# shellcheck disable=SC2016 # the images' shell expands these
# Dockerfiles of the official images, on standard output: the layers, their packages and their environment are those of
# the official images, the instructions are the lab's own. Sourced by `lab`.

# packages NAME...: a layer of Debian packages.
packages() {
	echo "RUN set -eux; apt-get update; apt-get install -y --no-install-recommends $*; rm -rf /var/lib/apt/lists/*"
}

# run: a layer of the commands on standard input, one on each line.
run() {
	local command
	printf 'RUN set -eux'
	while read -r command; do printf '; %s' "$command"; done
	echo
}

# buildpack_deps_recipe SUITE: the three layers between debian and CPython in fat.
buildpack_deps_recipe() {
	echo "FROM localhost/debian:$1"
	packages ca-certificates curl gnupg netbase sq wget tzdata
	packages git mercurial openssh-client subversion procps
	packages autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev \
		libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev \
		libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses5-dev libncursesw5-dev \
		libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt-dev \
		libyaml-dev make patch unzip xz-utils zlib1g-dev
}

# python_recipe VERSION fat|slim: the image. Its /usr/src must have, while it is built, CPython in "python" and get-pip.py.
# 3.9 is as before September 2024, when a layer of its own brought pip; 3.11 as since then, with pip from ensurepip.
python_recipe() {
	local version=$1 kind=$2 from key links=(idle pydoc python)
	case $kind in
	fat) from=buildpack-deps:$(suite_of "$version") ;;
	slim) from=debian:$(suite_of "$version")-slim ;;
	esac
	case $version in
	3.9) key=E3FF2839C048B25C084DEBE9B26995E310250568 ;;
	3.11) key=A035C8C19219BA821ECEA86B64E628F8D684696D links+=(pip) ;;
	esac
	echo "FROM localhost/$from"
	# The doubled folder is the official images' own.
	echo "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	echo "ENV LANG=C.UTF-8"
	case $kind in
	fat) packages libbluetooth-dev tk-dev uuid-dev ;;
	slim) packages ca-certificates netbase tzdata ;;
	esac
	echo "ENV GPG_KEY=$key"
	echo "ENV PYTHON_VERSION=$(full_version "$version")"
	[ "$version" = 3.9 ] || echo "ENV PYTHON_SHA256=2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849"
	"cpython_$kind" "$version" | run
	run <<-END
		cd /usr/local/bin
		for name in ${links[*]}; do ln -s "\${name}3" "\$name"; done
		ln -s python3-config python-config
	END
	[ "$version" != 3.9 ] || get_pip "$kind"
	echo 'CMD ["python3"]'
}

# cpython_fat VERSION, cpython_slim VERSION: the commands that install CPython.
cpython_fat() {
	echo 'cp -R /usr/src/python/usr /'
	[ "$1" = 3.9 ] || echo 'python3 -m ensurepip'
	finish_prefix
	[ "$1" = 3.9 ] || pip_install setuptools==65.5.1
}

# cpython_slim keeps, of the packages that compiling takes, those whose libraries CPython is linked with (tkinter's
# aside), and strips CPython. Its pip and setuptools are later than fat's, as if it were of a later build.
cpython_slim() {
	local build="dpkg-dev gcc gnupg libbluetooth-dev libbz2-dev libc6-dev libdb-dev libffi-dev libgdbm-dev liblzma-dev"
	build+=" libncursesw5-dev libreadline-dev libsqlite3-dev libssl-dev make tk-dev uuid-dev wget xz-utils zlib1g-dev"
	[ "$1" != 3.9 ] || build+=" libexpat1-dev"
	echo "packages='$build'"
	echo 'apt-get update'
	echo 'apt-get install -y --no-install-recommends $packages'
	echo 'cp -R /usr/src/python/usr/local /usr'
	if [ "$1" != 3.9 ]; then
		echo 'python3 -m ensurepip'
		# As ensurepip does, this leaves out the script "pip", which is one of the links.
		echo 'ENSUREPIP_OPTIONS=install pip3 install --no-cache-dir --no-compile pip==24.0'
	fi
	finish_prefix
	cat <<-'END'
		find /usr/local -regextype egrep -type f -regex '.*(\.so(\.[0-9.]+)?|/bin/python3\.[0-9]+)' -exec strip --strip-all {} +
		apt-mark auto $packages
		find /usr/local -type f -executable ! -name '*tkinter*' -exec ldd {} + | awk '$3 ~ "/lib/" && $3 !~ "^/usr/local" { print "*/" $1 }' | sort -u | xargs dpkg-query --search | cut -d: -f1 | sort -u | xargs apt-mark manual
		apt-get autoremove -y --purge -o APT::AutoRemove::RecommendsImportant=false
		rm -rf /var/lib/apt/lists/*
	END
	[ "$1" = 3.9 ] || pip_install setuptools==79.0.1
}

# finish_prefix: the official images hold no tests, no bytecode and no static library of CPython.
finish_prefix() {
	echo "find /usr/local -regextype egrep -depth -regex '.*/(tests?|idle_test|[^/]*\.pyc|libpython[^/]*\.a)' -exec rm -r {} +"
	echo 'ldconfig'
}

# pip_install REQUIREMENT: with it comes wheel, of the last releases that bring no dependency, as the images have none.
pip_install() {
	echo "PYTHONDONTWRITEBYTECODE=1 pip3 install --no-cache-dir --no-compile $1 'wheel<0.46'"
}

# get_pip fat|slim: the layer that brings pip. In slim a wget comes and goes with it.
get_pip() {
	case $1 in
	fat) echo "ENV PYTHON_PIP_VERSION=23.0.1"; echo "ENV PYTHON_SETUPTOOLS_VERSION=58.1.0" ;;
	slim) echo "ENV PYTHON_PIP_VERSION=24.0"; echo "ENV PYTHON_SETUPTOOLS_VERSION=65.5.1" ;;
	esac
	echo "ENV PYTHON_GET_PIP_URL=file:///usr/src/get-pip.py"
	echo "ENV PYTHON_GET_PIP_SHA256=$(sha256sum "$LAB_SOURCE/get-pip.py" | cut -d' ' -f1)"
	{
		[ "$1" = fat ] || echo 'apt-get update; apt-get install -y --no-install-recommends wget'
		echo 'export PYTHONDONTWRITEBYTECODE=1'
		echo "python /usr/src/get-pip.py \"pip==\$PYTHON_PIP_VERSION\" \"setuptools==\$PYTHON_SETUPTOOLS_VERSION\" 'wheel<0.46'"
		[ "$1" = fat ] || echo 'apt-get purge -y --auto-remove wget; rm -rf /var/lib/apt/lists/*'
	} | run
}
