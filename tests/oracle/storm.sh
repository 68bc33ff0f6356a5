#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make oracle SEEDS=N OPS=M [SEED=FIRST]: the oracle for as long as you like.
: "${abs_top_srcdir:=$PWD}"
. "$abs_top_srcdir/tests/lib.sh"

kernel=6.12
case $(uname -r) in
[0-5].* | 6.[0-9].* | 6.1[0-3].*) ;;
*) kernel=6.18 ;;
esac
save=${SAVE:-$abs_top_builddir/mismatch.script}
world -o "kernel=$kernel"
mkdir "$T/bin"
"$abs_top_builddir/tests/oracle/oracle" --mount="$M" --bin="$T/bin" --save="$save" --progress=10 --grow \
	--check="${CHECK:-50}" --seed="${SEED:-0}" --seeds="${SEEDS:-100}" --ops="${OPS:-300}" \
	"$abs_top_srcdir"/tests/oracle/scenarios/*.script
rc=$?
[ "$rc" != 77 ] || skip_all 'see above'
is 'mismatches' "$rc" 0
done_testing
