#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The running kernel and a mounted world play the same scripts: tests/oracle/.
. "${abs_top_srcdir:-.}/tests/lib.sh"

# Enough for every rule, and some that nobody has thought of.  With a sanitizer it is
# the daemon alone that is of interest, and a few will do.
seeds=40 ops=60
set -- "$abs_top_srcdir"/tests/oracle/scenarios/*.script
if [ -n "${PIDNSFS_SANITIZERS-}" ]; then
	seeds=4
	set -- "$abs_top_srcdir/tests/oracle/scenarios/exec.script" \
		"$abs_top_srcdir/tests/oracle/scenarios/exit.script"
fi

# Others are neither of the two whose behaviour a world has, or show too little.
case $(uname -r) in
6.17.* | 6.17-* | 6.18.* | 6.18-*) ;;
*) skip_all "this kernel is not 6.17 or 6.18 but $(uname -r); see 'make oracle'" ;;
esac
world -o kernel=6.18
mkdir "$T/bin"

# oracle ARGUMENT...
oracle() {
	"$abs_top_builddir/tests/oracle/oracle" --mount="$M" --bin="$T/bin" --save="$T/script" \
		"$@" >"$T/oracle" 2>&1
}

oracle --check=100 --seeds="$seeds" --ops="$ops" "$@"
rc=$?
[ "$rc" != 77 ] || skip_all "$(sed -n 's/^SKIP: //p' "$T/oracle")"
if [ "$rc" = 0 ]; then
	ok 'the kernel and the mount agree in everything'
else
	not_ok 'the kernel and the mount agree in everything' "$(cat "$T/oracle")"
fi
[ -n "${PIDNSFS_SANITIZERS-}" ] ||
	is 'every rule was hit' "$(grep 'NOT HIT' "$T/oracle")" ''
grep -v 'NOT HIT' "$T/oracle" | diag

done_testing
