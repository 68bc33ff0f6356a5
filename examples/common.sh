# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the examples share: a world of their own at $world, which goes when they
# end, and a way to show what is done.

set -eu

# say WORD...: what the next lines are about.
say() {
	echo
	printf '# %s\n' "$@"
}

# show COMMAND...: the command, and what it says.
show() {
	printf '$ %s\n' "$*"
	"$@" 2>&1 || echo "  (status $?)"
}

goodbye() {
	cd /
	fusermount3 -u "$world" 2>/dev/null || fusermount3 -uz "$world"
	rmdir "$world"
}

command -v pidnsfs >/dev/null && command -v pidnsctl >/dev/null || {
	echo 'pidnsfs and pidnsctl are not in PATH: make install, or add the build directory to it' >&2
	exit 1
}
world=$(mktemp -d)
# shellcheck disable=SC2086
pidnsfs "$world" ${options:-}
trap goodbye EXIT
cd "$world"
