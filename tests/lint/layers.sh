#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The layering, and what else every source must have.
. "${abs_top_srcdir:-.}/tests/lib.sh"

cd "$abs_top_srcdir" || bail "there is no $abs_top_srcdir"

# allowed LAYER: the folders whose headers it may include.
allowed() {
	case $1 in
	src/util) echo util ;;
	src/event) echo 'util event' ;;
	src/core) echo 'util event core' ;;
	src/world) echo 'util event core world' ;;
	src/host) echo 'util event core world host' ;;
	src/ctl) echo 'util world ctl' ;;
	fs) echo 'util world ctl fs' ;;
	src/pidnsctl) echo 'util pidnsctl' ;;
	esac
}

# bad LAYER: the includes of its sources that it may not have.
bad() {
	_allowed=" $(allowed "$1") "
	sed -n 's|^#[[:blank:]]*include "\(.*\)".*|\1|p' "$1"/*.[ch] | sort -u |
		while read -r _header; do
			case $_allowed in
			*" ${_header%%/*} "*) ;;
			*)
				# main alone names the host.
				case $1:$_header in
				*:config.h) ;;
				fs:host/world.h) grep -l "$_header" fs/*.[ch] | grep -v '^fs/main.c$' ;;
				# One file goes where a process is, as the host world does.
				src/pidnsctl:host/begin.h)
					grep -l "$_header" src/pidnsctl/*.[ch] | grep -v '^src/pidnsctl/program.c$'
					;;
				*) echo "$_header" ;;
				esac
				;;
			esac
		done
}

for layer in src/util src/event src/core src/world src/host src/ctl src/pidnsctl fs; do
	is "$layer includes what is below it" "$(bad "$layer")" ''
	case $layer in
	fs) ;;
	*) is "$layer knows nothing of FUSE" "$(grep -l '#.*include.*fuse' "$layer"/*.[ch])" '' ;;
	esac
done
# Prototypes and inline functions begin at the first column.
sed -n 's/^\(static inline \)*[a-z][a-z_0-9 ]*[ *]\([a-z_0-9]*\)(.*/\2/p' src/core/*.h | sort -u >"$T/functions"
[ -s "$T/functions" ] || bail 'src/core has no functions'
tr -c 'a-zA-Z0-9_' '\n' <src/core/README | sort -u >"$T/words"
is 'src/core/README lists every function' "$(comm -23 "$T/functions" "$T/words")" ''

ls src/*/*.[ch] fs/*.[ch] >"$T/files"
is 'each source is in a Makemodule.am' "$(awk '
	FILENAME ~ /\.am$/ { for (i = 1; i <= NF; i++) listed[$i] = 1; next }
	!($0 in listed)' src/Makemodule.am fs/Makemodule.am "$T/files")" ''
is 'each list of tests is shipped' "$(awk '
	/^[a-z]+_tests =/ { lists[$1] = 1 }
	/^EXTRA_DIST/ { dist = 1 }
	dist && /^\t\$\([a-z]+_tests\)/ { gsub(/[$()]/, ""); delete lists[$1] }
	END { for (list in lists) print list }' tests/Makemodule.am)" ''
is 'each source names its licence' "$(xargs awk '
	FNR == 1 && $0 != "/* SPDX-License-Identifier: MIT */" { print FILENAME }' <"$T/files")" ''
is 'no source is too long' "$(xargs awk 'FNR == 901 { print FILENAME }' <"$T/files")" ''
is "world.h shows nothing of the world's inside" "$(grep 'include "' src/world/world.h)" ''
is 'only the world and the tests see the core' \
	"$(grep -l 'include "core/' src/ctl/*.[ch] fs/*.[ch] src/util/*.[ch] src/event/*.[ch])" ''

done_testing
