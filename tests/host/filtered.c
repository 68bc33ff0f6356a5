/* SPDX-License-Identifier: MIT */
/*
 * filtered PROGRAM...: executes it with no_new_privs and three seccomp filters, by which
 * mkdir fails with ENOTUNIQ, rmdir with EXFULL, and all that a process does to enter
 * another with EPERM.
 * filtered --strict FIFO: in seccomp's strict mode, once it has written a line to that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int forbid(const int *calls, unsigned int n, int err)
{
	struct sock_filter code[64];
	struct sock_fprog program = { .filter = code };
	unsigned short len = 0;

	code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < n; i++) {
		code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							   (unsigned int)calls[i], 0, 1);
		code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							   SECCOMP_RET_ERRNO | (unsigned int)err);
	}
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = len;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int strict(const char *fifo)
{
	int fd = open(fifo, O_WRONLY);
	char c;

	if (fd < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return 1;
	if (write(fd, "ready\n", 6) == 6)
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	syscall(SYS_exit, 0);
	return 0;
}

int main(int argc, char **argv)
{
	static const int makes[] = {
		SYS_mkdirat,
#ifdef SYS_mkdir
		SYS_mkdir,
#endif
	};
	static const int removes[] = {
		SYS_unlinkat,
#ifdef SYS_rmdir
		SYS_rmdir,
#endif
	};
	static const int enters[] = { SYS_capset,    SYS_setresuid, SYS_setresgid, SYS_setgroups,
				      SYS_setns,     SYS_chroot,    SYS_ptrace,	   SYS_setsid,
				      SYS_prlimit64, SYS_mount };

	if (argc == 3 && !strcmp(argv[1], "--strict"))
		return strict(argv[2]);
	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    forbid(makes, sizeof(makes) / sizeof(makes[0]), ENOTUNIQ) ||
	    forbid(removes, sizeof(removes) / sizeof(removes[0]), EXFULL) ||
	    forbid(enters, sizeof(enters) / sizeof(enters[0]), EPERM)) {
		perror("filtered");
		return 1;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
