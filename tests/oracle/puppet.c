/* SPDX-License-Identifier: MIT */
#include "oracle/puppet.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct puppet_memory *puppets;

/* --- what depends on the processor --------------------------------------- */

#if defined(__x86_64__)
static long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* The child calls born(slot) on its stack. */
static long clone_call(struct clone_args *args, size_t size, void (*born)(long), long slot)
{
	register void (*fn)(long) __asm__("r12") = born;
	register long arg __asm__("r13") = slot;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(ret)
			 : "0"((long)SYS_clone3), "D"(args), "S"(size), "r"(fn), "r"(arg)
			 : "rcx", "r11", "memory");
	return ret;
}

/* The kernel wants to be told how a handler returns. */
void puppet_restorer(void);
__asm__(".text\n.globl puppet_restorer\n.type puppet_restorer,@function\n"
	"puppet_restorer:\n\tmov $15, %eax\n\tsyscall\n");
#define RESTORER puppet_restorer
#define SA_RESTORER_FLAG 0x04000000ul

#elif defined(__aarch64__)
static long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static long clone_call(struct clone_args *args, size_t size, void (*born)(long), long slot)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register void (*fn)(long) __asm__("x19") = born;
	register long arg __asm__("x20") = slot;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(fn), "r"(arg)
			 : "memory");
	return x0;
}

#define RESTORER NULL
#define SA_RESTORER_FLAG 0ul
#else
#error "no puppets for this processor: see tests/oracle/puppet.c"
#endif

#define sys0(nr) sys6(nr, 0, 0, 0, 0, 0, 0)
#define sys1(nr, a) sys6(nr, (long)(a), 0, 0, 0, 0, 0)
#define sys2(nr, a, b) sys6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(nr, a, b, c) sys6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys4(nr, a, b, c, d) sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sys5(nr, a, b, c, d, e) sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* ------------------------------------------------------------------------- */

long puppet_futex(uint32_t *word, int op, uint32_t value, long nanoseconds)
{
	struct timespec ts = { .tv_sec = nanoseconds / 1000000000,
			       .tv_nsec = nanoseconds % 1000000000 };

	return sys4(SYS_futex, word, op, value, nanoseconds ? &ts : NULL);
}

static void wake(uint32_t *word)
{
	puppet_futex(word, FUTEX_WAKE, 1, 0);
}

/* "TGID/task/TID", and for a process that is what self says. */
static void read_own_numbers(struct slot *s)
{
	char text[64];
	long n = sys4(SYS_readlinkat, PUPPET_FD_PROC, "thread-self", text, sizeof(text) - 1);
	int number = 0, i;

	s->tgid = s->tid = 0;
	for (i = 0; i < n; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			number = number * 10 + text[i] - '0';
		} else if (text[i] == '/' && !s->tgid) {
			s->tgid = number;
			number = 0;
		} else {
			number = 0;
		}
	}
	s->tid = number;
}

static void do_nothing(int sig)
{
	(void)sig;
}

/* As the kernel has it: the C library keeps two signals for itself. */
struct raw_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static long set_action(int sig, int act)
{
	struct raw_sigaction sa = { .flags = SA_RESTORER_FLAG | SA_RESTART, .restorer = RESTORER };
	long err;

	switch (act) {
	case ACT_IGNORE:
		sa.handler = SIG_IGN;
		break;
	case ACT_CATCH:
		sa.handler = do_nothing;
		break;
	case ACT_NOCLDWAIT:
		err = sys4(SYS_rt_sigaction, sig, NULL, &sa, sizeof(sa.mask));
		if (err)
			return err;
		sa.flags |= SA_NOCLDWAIT;
		break;
	default:
		sa.handler = SIG_DFL;
	}
	return sys4(SYS_rt_sigaction, sig, &sa, NULL, sizeof(sa.mask));
}

static void born(long slot);

static long call_fork(struct slot *s)
{
	const long child = s->arg[3];
	struct clone_args args = {
		.flags = (uint64_t)s->arg[0],
		.exit_signal = (uint64_t)s->arg[1],
		.stack = (uint64_t)(uintptr_t)puppets->stack[child],
		.stack_size = PUPPET_STACK,
		.pidfd = (uint64_t)(uintptr_t)&s->pidfd,
		.set_tid = s->arg[2] ? (uint64_t)(uintptr_t)s->tids : 0,
		.set_tid_size = (uint64_t)s->arg[2],
	};

	puppets->slot[child].born = 0;
	return clone_call(&args, sizeof(args), born, child);
}

static long call_waitid(struct slot *s)
{
	siginfo_t info;
	long err;

	memset(&info, 0, sizeof(info));
	err = sys5(SYS_waitid, s->arg[0], s->arg[1], &info, s->arg[2], NULL);
	s->waited[0] = info.si_pid;
	s->waited[1] = info.si_code;
	s->waited[2] = info.si_status;
	return err;
}

static long receive_fd(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fd;
	long err = sys3(SYS_recvmsg, PUPPET_FD_SOCKET, &msg, 0);

	if (err < 0)
		return err;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static long call_setns(struct slot *s)
{
	long fd = receive_fd(), err;

	if (fd < 0)
		return fd;
	err = sys2(SYS_setns, fd, s->arg[0]);
	sys1(SYS_close, fd);
	return err;
}

static long call_setns_pid(struct slot *s)
{
	long fd = sys2(SYS_pidfd_open, s->arg[0], 0), err;

	if (fd < 0)
		return fd;
	err = sys2(SYS_setns, fd, s->arg[1]);
	sys1(SYS_close, fd);
	return err;
}

static char *put_number(char *p, long value)
{
	char digits[24];
	int n = 0;
	unsigned long u = (unsigned long)value;

	if (value < 0) {
		*p++ = '-';
		u = -u;
	}
	do
		digits[n++] = (char)('0' + u % 10);
	while (u /= 10);
	while (n)
		*p++ = digits[--n];
	*p = '\0';
	return p;
}

/* Success never comes back: the new program answers. */
static long call_exec(struct slot *s)
{
	static const char name[] = PUPPET_ENV "=";
	char env[sizeof(name) + 24];
	char *argv[] = { s->text, NULL }, *envp[] = { env, NULL };

	memcpy(env, name, sizeof(name));
	put_number(env + sizeof(name) - 1, s - puppets->slot);
	return sys3(SYS_execve, s->text, argv, envp);
}

static long call_write_sysctl(struct slot *s)
{
	char path[64] = "sys/kernel/", text[32];
	long fd, err;
	size_t i, at = strlen(path);

	for (i = 0; s->text[i] && at < sizeof(path) - 1; i++)
		path[at++] = s->text[i];
	path[at] = '\0';
	fd = sys3(SYS_openat, PUPPET_FD_PROC, path, O_WRONLY);
	if (fd < 0)
		return fd;
	err = sys3(SYS_write, fd, text, put_number(text, s->arg[0]) - text);
	sys1(SYS_close, fd);
	return err < 0 ? err : 0;
}

static long call_last_pid(struct slot *s)
{
	char text[128];
	long fd = sys3(SYS_openat, PUPPET_FD_PROC, "loadavg", O_RDONLY), n, value = 0, i;

	(void)s;
	if (fd < 0)
		return fd;
	n = sys3(SYS_read, fd, text, sizeof(text));
	sys1(SYS_close, fd);
	if (n <= 0)
		return -EIO;
	for (i = n - 1; i > 0 && text[i - 1] != ' '; i--)
		;
	if (text[i] == '-')
		return -1;
	for (; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + text[i] - '0';
	return value;
}

static long call_sigblock(const struct slot *s)
{
	uint64_t mask = UINT64_C(1) << (s->arg[0] - 1);

	return sys4(SYS_rt_sigprocmask, s->arg[1] ? SIG_BLOCK : SIG_UNBLOCK, &mask, NULL,
		    sizeof(mask));
}

static long call(struct slot *s)
{
	switch ((enum puppet_call)s->call) {
	case CALL_PING:
		return 0;
	case CALL_FORK:
		return call_fork(s);
	case CALL_EXIT:
		return sys1(SYS_exit, s->arg[0]);
	case CALL_EXIT_GROUP:
		return sys1(SYS_exit_group, s->arg[0]);
	case CALL_KILL:
		return sys2(SYS_kill, s->arg[0], s->arg[1]);
	case CALL_TGKILL:
		return sys3(SYS_tgkill, s->arg[0], s->arg[1], s->arg[2]);
	case CALL_WAITID:
		return call_waitid(s);
	case CALL_UNSHARE:
		return sys1(SYS_unshare, s->arg[0]);
	case CALL_SETNS:
		return call_setns(s);
	case CALL_SETNS_PID:
		return call_setns_pid(s);
	case CALL_SETSID:
		return sys0(SYS_setsid);
	case CALL_SETPGID:
		return sys2(SYS_setpgid, s->arg[0], s->arg[1]);
	case CALL_SUBREAPER:
		return sys2(SYS_prctl, PR_SET_CHILD_SUBREAPER, s->arg[0]);
	case CALL_PDEATHSIG:
		return sys2(SYS_prctl, PR_SET_PDEATHSIG, s->arg[0]);
	case CALL_NAME:
		return sys2(SYS_prctl, PR_SET_NAME, s->text);
	case CALL_SIGACTION:
		return set_action((int)s->arg[0], (int)s->arg[1]);
	case CALL_SIGBLOCK:
		return call_sigblock(s);
	case CALL_EXEC:
		return call_exec(s);
	case CALL_PIDFD_OPEN:
		return sys2(SYS_pidfd_open, s->arg[0], s->arg[1]);
	case CALL_PIDFD_GETFD:
		return sys3(SYS_pidfd_getfd, s->arg[0], s->arg[1], s->arg[2]);
	case CALL_PIDFD_SEND:
		return sys4(SYS_pidfd_send_signal, s->arg[0], s->arg[1], NULL, s->arg[2]);
	case CALL_CLOSE:
		return sys1(SYS_close, s->arg[0]);
	case CALL_WRITE_SYSCTL:
		return call_write_sysctl(s);
	case CALL_LAST_PID:
		return call_last_pid(s);
	}
	return -ENOSYS;
}

static void serve(struct slot *s) __attribute__((noreturn));
static void serve(struct slot *s)
{
	uint32_t answered = __atomic_load_n(&s->answered, __ATOMIC_ACQUIRE), asked;

	for (;;) {
		asked = __atomic_load_n(&s->asked, __ATOMIC_ACQUIRE);
		if (asked == answered) {
			puppet_futex(&s->asked, FUTEX_WAIT, asked, 0);
			continue;
		}
		s->result = call(s);
		answered = asked;
		__atomic_store_n(&s->answered, answered, __ATOMIC_RELEASE);
		wake(&s->answered);
	}
}

static void announce(struct slot *s)
{
	read_own_numbers(s);
	__atomic_store_n(&s->born, 1, __ATOMIC_RELEASE);
	wake(&s->born);
}

static void born(long slot)
{
	struct slot *s = &puppets->slot[slot];

	announce(s);
	serve(s);
}

void puppet_executed(int slot)
{
	struct slot *s = &puppets->slot[slot];

	read_own_numbers(s);
	s->result = 0;
	__atomic_store_n(&s->answered, s->asked, __ATOMIC_RELEASE);
	wake(&s->answered);
	serve(s);
}

/* Nothing of where the master was started from shall matter. */
static void first(long slot)
{
	uint64_t none = 0;
	struct rlimit no_core = { 0, 0 };
	long null;
	int sig;

	for (sig = 1; sig <= 64; sig++)
		set_action(sig, ACT_DEFAULT);
	sys4(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
	/* The master's end is everybody's. */
	sys2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	sys4(SYS_prlimit64, 0, RLIMIT_CORE, &no_core, NULL);
	sys3(SYS_close_range, 0, PUPPET_FD_FIRST - 1, 0);
	sys3(SYS_close_range, PUPPET_FD_LAST + 1, ~0u, 0);
	null = sys4(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
	sys3(SYS_dup3, null, 1, 0);
	sys3(SYS_dup3, null, 2, 0);
	sys2(SYS_prctl, PR_SET_NAME, "puppet");
	born(slot);
}

long puppet_first(int slot, uint64_t flags)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)puppets->stack[slot],
		.stack_size = PUPPET_STACK,
	};

	memset(&puppets->slot[slot], 0, sizeof(puppets->slot[slot]));
	return clone_call(&args, sizeof(args), first, slot);
}

int puppet_map(int fd)
{
	bool made = fd < 0;
	void *memory;
	int err;

	if (made) {
		fd = memfd_create("puppets", 0);
		if (fd < 0 || ftruncate(fd, sizeof(struct puppet_memory)) ||
		    dup2(fd, PUPPET_FD_MEMORY) < 0) {
			err = -errno;
			close(fd);
			return err;
		}
		close(fd);
		fd = PUPPET_FD_MEMORY;
	}
	memory =
		mmap(NULL, sizeof(struct puppet_memory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	puppets = memory;
	return 0;
}
