#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A walk through a virtual world: tour.sh BUILDDIR.  Every line is run for real,
# and shown with what it really says.

set -u
cd "${1:-.}" || exit 1
PIDNSFS=$PWD/pidnsfs
[ -x "$PIDNSFS" ] || {
	echo "tour: there is no $PIDNSFS: ./bootstrap tour builds it" >&2
	exit 1
}
M=$(mktemp -d "${TMPDIR:-/tmp}/pidnsfs-tour.XXXXXX") || exit 1

leave() {
	trap - EXIT
	cd / || exit
	if grep -q -F " $M " /proc/self/mountinfo; then
		fusermount3 -u "$M"
	fi
	rmdir "$M"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

say() {
	printf '\n## %s\n' "$*"
}

# Shows a line, runs it, and lets it fail: a refusal is part of the tour.
run() {
	printf '$ %s\n' "$1"
	eval "$1"
}

say 'An empty directory becomes a world with one process'
printf '$ pidnsfs %s\n' "$M"
"$PIDNSFS" "$M" || exit
cd "$M" || exit
run 'ls'

say 'Init forks.  The reply is read from the same open file'
run 'exec 3<>1/fork; echo comm=shell >&3; read -r pid <&3; echo "its child is $pid"'
run 'grep -E "^(Name|State|PPid)" 2/status'

say 'A container: a process that is 1 in a namespace of its own'
run 'echo newpid comm=box >1/fork; echo comm=web >3/fork; echo comm=db >3/fork'
run 'cat tree'
run 'readlink 3/inner'
run 'cat 3/inner/../tree'

say 'setns: the children of 2 are born inside, their parent stays outside'
run 'echo pid=3 >2/setns; echo comm=debug >2/fork; cat 3/inner/../table'

say 'A child ends and is a zombie until its parent reaps it'
run 'echo 7 >4/exit; grep State 4/status'
run 'exec 3<>3/reap; echo >&3; cat <&3'

say 'What a kernel refuses is refused here, and errors says why'
run 'echo 4026531836 >3/setns'
run 'echo 0 >1/exit'
run 'cat errors'

say 'KILL for the init of a namespace takes everybody in it along'
run 'echo KILL >3/kill; cat tree'
say 'It cannot go before the zombie whose parent is outside: 2 reaps that one'
run 'echo >2/reap; echo >1/reap; cat tree'

exec 3>&-
say 'The end'
printf '$ fusermount3 -u %s\n' "$M"
leave
cat <<END

Go on by hand:

    mkdir -p ~/world && $PIDNSFS ~/world && cd ~/world
    echo newpid count=3 >1/fork; cat tree table
    cat 1/fork                        # every control file explains itself
    cat events &                      # what happens from now on
    cd; kill \$!; wait                 # whoever is in there keeps it busy
    fusermount3 -u ~/world
END
