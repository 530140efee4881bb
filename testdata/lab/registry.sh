# shellcheck shell=bash
# The registry of the lab: Debian's docker-registry on loopback, its data in the cache directory. Sourced by `lab`.

answers() { curl -fsS -o /dev/null "http://$LAB_REGISTRY/v2/" 2>/dev/null; }

# registry_process: the id of the registry that `up` started, if it is still that process.
registry_process() {
	local id
	id=$(cat "$LAB_DIR/registry.pid" 2>/dev/null) || return 1
	grep -q docker-registry "/proc/$id/comm" 2>/dev/null && echo "$id"
}

up() {
	local tries=0
	if registry_process >/dev/null && answers; then return; fi
	if answers; then
		say "port $LAB_PORT is taken by another registry (set SLIMIFY_LAB_PORT)"
		return 1
	fi
	cat >"$LAB_DIR/etc/registry.yml" <<-END
		version: 0.1
		log:
		  level: warn
		storage:
		  filesystem:
		    rootdirectory: $LAB_DIR/registry
		  delete:
		    enabled: true
		http:
		  addr: $LAB_REGISTRY
	END
	# A session of its own, so that it outlives the shell that asked for it.
	# shellcheck disable=SC2016 # that shell expands these
	setsid --fork sh -c 'echo $$ >"$1" && exec docker-registry serve "$2"' \
		sh "$LAB_DIR/registry.pid" "$LAB_DIR/etc/registry.yml" >"$LAB_DIR/log/registry.log" 2>&1 </dev/null 9>&-
	until answers; do
		tries=$((tries + 1))
		if [ "$tries" -gt 50 ]; then
			tail -n 5 "$LAB_DIR/log/registry.log" >&2
			say "the registry does not answer on $LAB_REGISTRY"
			return 1
		fi
		sleep 0.2
	done
}

down() {
	local id
	id=$(registry_process) || return 0
	kill "$id"
	while [ -e "/proc/$id" ]; do sleep 0.1; done
	rm -f "$LAB_DIR/registry.pid"
}
