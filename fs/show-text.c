/* SPDX-License-Identifier: MIT */
/* Files of the machine that say the same of every invented one. */
#include <errno.h>
#include <string.h>

#include "fs/fs.h"
#include "fs/show.h"

int show_text_of(const struct show_text *texts, size_t n, const char *name, GString *out)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(texts[i].name, name) == 0) {
			g_string_append(out, texts[i].text);
			return 0;
		}
	return -ENOENT;
}

int show_number(const struct show *s, GString *out)
{
	g_string_append_printf(out, "%u\n", entry_of(&s->node)->arg);
	return 0;
}

int show_ostype(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "Linux\n");
	return 0;
}

int show_boot_cmdline(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro\n");
	return 0;
}

int show_filesystems(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup2\n"
			     "nodev\tdevtmpfs\nnodev\tdevpts\nnodev\tmqueue\n\text4\n"
			     "nodev\tfuse\n");
	return 0;
}

int show_devices(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 tty\n  4 ttyS\n"
			     "  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n 10 misc\n128 ptm\n"
			     "136 pts\n\nBlock devices:\n  8 sd\n");
	return 0;
}

int show_misc(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "229 fuse\n");
	return 0;
}

int show_cgroups(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out,
			"#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
			"cpuset\t0\t1\t1\ncpu\t0\t1\t1\ncpuacct\t0\t1\t1\nblkio\t0\t1\t1\n"
			"memory\t0\t1\t1\ndevices\t0\t1\t1\nfreezer\t0\t1\t1\npids\t0\t1\t1\n");
	return 0;
}

/* Nobody has locked anything. */
int show_locks(const struct show *s, GString *out)
{
	(void)s, (void)out;
	return 0;
}

/* /dev/sda1, on which everything is: 8 GiB. */
int show_partitions(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "major minor  #blocks  name\n\n"
			     "   8        0    8388608 sda\n   8        1    8387584 sda1\n");
	return 0;
}

int show_diskstats(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "   8       0 sda 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
			     "   8       1 sda1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

int show_pressure(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
			     "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	return 0;
}

int show_sysvipc(const struct show *s, GString *out)
{
	static const struct show_text heads[] = {
		{ "msg",
		  "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  "
		  "cuid  cgid      stime      rtime      ctime\n" },
		{ "sem",
		  "       key      semid perms      nsems   uid   gid  cuid  cgid      otime    "
		  "  ctime\n" },
		{ "shm",
		  "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  "
		  "cuid  cgid      atime      dtime      ctime                   rss                  "
		  "swap\n" },
	};

	return show_text_of(heads, G_N_ELEMENTS(heads), entry_of(&s->node)->name, out);
}

int show_tty_drivers(const struct show *s, GString *out)
{
	static const struct {
		const char *driver, *name, *minors, *type;
		int major;
	} rows[] = {
		{ "/dev/tty", "/dev/tty", "0", "system:/dev/tty", 5 },
		{ "/dev/console", "/dev/console", "1", "system:console", 5 },
		{ "/dev/ptmx", "/dev/ptmx", "2", "system", 5 },
		{ "/dev/vc/0", "/dev/vc/0", "0", "system:vtmaster", 4 },
		{ "serial", "/dev/ttyS", "64-95", "serial", 4 },
		{ "pty_slave", "/dev/pts", "0-1048575", "pty:slave", 136 },
		{ "pty_master", "/dev/ptm", "0-1048575", "pty:master", 128 },
		{ "unknown", "/dev/tty", "1-63", "console", 4 },
	};

	(void)s;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_string_append_printf(out, "%-20s %-8s %3d %7s %s\n", rows[i].driver, rows[i].name,
				       rows[i].major, rows[i].minors, rows[i].type);
	return 0;
}

int show_tty_ldiscs(const struct show *s, GString *out)
{
	(void)s;
	g_string_append(out, "n_tty       0\nn_null     27\n");
	return 0;
}
