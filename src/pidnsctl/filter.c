/* SPDX-License-Identifier: MIT */
#include "pidnsctl/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_PPC64LE
#endif

#ifdef ARCH

#define RULES_MAX 60 /* a jump spans 255 instructions; a rule has five */

#define LOAD(field)                                             \
	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				      (__u32)offsetof(struct seccomp_data, field)))
#define RETURN(what) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what))
#define JUMP(how, k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | (how) | BPF_K, k, yes, no))

/* Both orders of bytes have the lower half of an argument somewhere. */
static __u32 lower_half(unsigned int arg)
{
	__u32 at = (__u32)(offsetof(struct seccomp_data, args) + arg * sizeof(__u64));

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + 4 : at;
}

/* glibc has no seccomp(2). */
static int seccomp(unsigned int operation, unsigned int flags, void *args)
{
	return (int)syscall(SYS_seccomp, operation, flags, args);
}

int filter_install(const struct filter_rule *rules, unsigned int n)
{
	struct sock_filter code[5 + RULES_MAX * 5];
	struct sock_fprog program = { .filter = code };
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	unsigned int len = 0;
	int fd;

	if (n > RULES_MAX)
		return -E2BIG;
	code[len++] = LOAD(arch);
	code[len++] = JUMP(BPF_JEQ, ARCH, 1, 0);
	code[len++] = RETURN(SECCOMP_RET_ALLOW);
	code[len++] = LOAD(nr);
	for (unsigned int i = 0; i < n; i++) {
		code[len++] = JUMP(BPF_JEQ, (__u32)rules[i].nr, 0, rules[i].mask ? 4 : 1);
		if (rules[i].mask) {
			code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
								   lower_half(rules[i].arg));
			code[len++] = JUMP(BPF_JSET, rules[i].mask, 1, 0);
			code[len++] = RETURN(SECCOMP_RET_ALLOW);
		}
		code[len++] = RETURN(SECCOMP_RET_USER_NOTIF);
	}
	code[len++] = RETURN(SECCOMP_RET_ALLOW);
	program.len = (unsigned short)len;

	for (;;) {
		fd = seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
		if (fd >= 0)
			return fd;
		if (errno == EINVAL && flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
			flags &= ~(unsigned int)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		else if (errno != EACCES || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ||
			 prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			return -errno;
	}
}

#else

int filter_install(const struct filter_rule *rules, unsigned int n)
{
	(void)rules, (void)n;
	return -ENOSYS;
}

#endif
