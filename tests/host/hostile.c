/* SPDX-License-Identifier: MIT */
/*
 * hostile DIRECTORY FIFO: a process that is hard to look at.
 *
 * A file system of its own is mounted at DIRECTORY, in which are its working directory, its
 * program and an open file; and which takes every request and answers none from then on.
 * Its memory is locked: a thread waits for a page of that file system with the lock, behind it
 * another one that wants to write.  Its name is that of many lines.  When all that is so, a
 * line is written to FIFO: its number, and how far it has come.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#define BUF (1 << 17)

/* --- the file system: the root is 1, the program 2, a file of one page 3 ---------------- */

static struct {
	int device, program, go;
	off_t size;
	unsigned int reads; /* of the file, since */
} fs;

static void answer(uint64_t unique, int err, const void *data, size_t len)
{
	static char buf[BUF + sizeof(struct fuse_out_header)];
	struct fuse_out_header head = { (uint32_t)(sizeof(head) + len), -err, unique };

	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), data, len);
	(void)!write(fs.device, buf, sizeof(head) + len);
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == 2 ? (uint64_t)fs.size : PAGE,
		.mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0755,
		.nlink = 1,
	};
}

static void serve_read(const struct fuse_in_header *in)
{
	static char data[BUF];
	const struct fuse_read_in *r = (const void *)(in + 1);
	ssize_t n = r->size < BUF ? r->size : BUF;

	if (in->nodeid == 2)
		n = pread(fs.program, data, (size_t)n, (off_t)r->offset);
	answer(in->unique, 0, data, n > 0 ? (size_t)n : 0);
}

static void serve(const struct fuse_in_header *in)
{
	const char *name = (const char *)(in + 1);
	uint64_t node = in->nodeid;

	switch (in->opcode) {
	case FUSE_INIT: {
		struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
					     .minor = 31,
					     .max_readahead = PAGE,
					     .max_write = PAGE };

		answer(in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = { /* So that who goes there has to ask. */
					      .entry_valid = 1000000,
					      .attr_valid = 0
		};

		node = !strcmp(name, "program") ? 2 : !strcmp(name, "file") ? 3 : 0;
		out.nodeid = node;
		out.attr = attr_of(node);
		answer(in->unique, node ? 0 : ENOENT, &out, node ? sizeof(out) : 0);
		break;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out = { .attr = attr_of(node) };

		answer(in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_OPEN:
	case FUSE_OPENDIR: {
		struct fuse_open_out out = { .open_flags = FOPEN_KEEP_CACHE };

		answer(in->unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_READ:
		serve_read(in);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(in->unique, ENOSYS, NULL, 0);
	}
}

static volatile sig_atomic_t silent, failed;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		silent = 1;
	else
		failed = 1;
}

static void tell(const char *fifo, const char *how)
{
	char line[64];
	int fd = open(fifo, O_WRONLY);

	snprintf(line, sizeof(line), "%d %s\n", getppid(), how);
	(void)!write(fd, line, strlen(line));
	close(fd);
}

/*
 * Attempts to read the page fail, first with the lock of its mapping, then with none, so
 * that the third one is made with that of all the memory.
 */
static bool is_last_read(const struct fuse_in_header *in)
{
	if (in->opcode != FUSE_READ || in->nodeid != 3)
		return false;
	if (++fs.reads > 2)
		return true;
	answer(in->unique, EIO, NULL, 0);
	return false;
}

static bool is_waiting(int tid)
{
	char path[64], text[256] = "";
	const char *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	end = strrchr(text, ')');
	return end && end[1] && end[2] == 'D';
}

static void serve_all(int tids, const char *fifo)
{
	static char buf[BUF + PAGE] __attribute__((aligned(8)));
	struct sigaction act = { .sa_handler = on_signal };
	int tid, tries;

	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGUSR2, &act, NULL);
	for (;;) {
		const struct fuse_in_header *in = (const void *)buf;

		if (read(fs.device, buf, sizeof(buf)) < 0) {
			if (failed)
				tell(fifo, "free");
			failed = 0;
			if (errno == EINTR || errno == ENOENT)
				continue;
			_exit(1);
		}
		if (!silent) {
			serve(in);
		} else if (is_last_read(in)) {
			/* Now the other thread wants to write. */
			(void)!read(tids, &tid, sizeof(tid));
			(void)!write(fs.go, "", 1);
			for (tries = 0; !is_waiting(tid) && tries < 1000; tries++)
				usleep(10000);
			tell(fifo, tries < 1000 ? "locked" : "free");
		}
	}
}

/* --- the process -------------------------------------------------------------------------- */

static int go[2], tids[2];
static volatile char *page;
static int server;

/* This kernel gives up before it has the lock. */
static void on_bus(int sig)
{
	(void)sig;
	kill(server, SIGUSR2);
	for (;;)
		pause();
}

static void *read_page(void *data)
{
	(void)data;
	return (void *)(uintptr_t)*page;
}

static void *write_map(void *data)
{
	int tid = (int)syscall(SYS_gettid);
	char c;

	(void)data;
	(void)!write(tids[1], &tid, sizeof(tid));
	(void)!read(go[0], &c, 1);
	mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return NULL;
}

/* As the program of the file system: in there. */
static int inside(void)
{
	struct sigaction act = { .sa_handler = on_bus };
	pthread_t threads[2];
	int fd = open("file", O_RDONLY), self = open("program", O_RDONLY);
	static char buf[BUF];

	/* All of the program is there, whoever answers. */
	while (self >= 0 && read(self, buf, sizeof(buf)) > 0)
		;
	mlockall(MCL_CURRENT);
	prctl(PR_SET_NAME, "a) R 1 1\n2 (b)\033[2J");
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	sigaction(SIGBUS, &act, NULL);
	kill(server, SIGUSR1);
	if (fd < 0 || page == MAP_FAILED || pthread_create(&threads[1], NULL, write_map, NULL) ||
	    pthread_create(&threads[0], NULL, read_page, NULL))
		return 1;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	char options[128], number[16], fds[4][16];
	struct stat st;

	if (argc == 5) {
		go[0] = atoi(argv[3]);
		tids[1] = atoi(argv[4]);
		server = atoi(argv[2]);
		return inside();
	}
	fs.device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	fs.program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (argc != 3 || fs.device < 0 || fs.program < 0 || fstat(fs.program, &st) || pipe(go) ||
	    pipe(tids)) {
		perror("hostile");
		return 1;
	}
	fs.size = st.st_size;
	fs.go = go[1];
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fs.device);
	if (mount("hostile", argv[1], "fuse", MS_NOSUID, options)) {
		perror("mount");
		return 1;
	}
	server = fork();
	if (!server) {
		close(go[0]);
		serve_all(tids[0], argv[2]);
	}
	close(fs.device);
	snprintf(number, sizeof(number), "%d", server);
	snprintf(fds[0], sizeof(fds[0]), "%d", go[0]);
	snprintf(fds[1], sizeof(fds[1]), "%d", tids[1]);
	if (chdir(argv[1]))
		return 1;
	/* A line that looks like a command, and like another process. */
	execl("program", "-- KILL\n2 1 1 1 0 root 1 x\n", "\033[2J", number, fds[0], fds[1], NULL);
	perror("program");
	return 1;
}
