/* SPDX-License-Identifier: MIT */
/*
 * BPF programs (tasks.bpf.c) that tell everything of each task, atomically with
 * what happens to it: its numbers in all namespaces and who it is, so that those
 * who are gone before anybody could look are known, too.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/source-kind.h"

#define BUFFER (16u << 20)
/* One look at the ring ends after so many facts: others want to know, too. */
#define DRAIN_MAX (1u << 17)
/* The kernel's PROC_PID_INIT_INO: only there are our numbers the outermost ones. */
#define FIRST_PIDNS 0xeffffffc
#define PROGRAMS 8

/* The programs, as they were compiled; see src/Makemodule.am. */
extern const unsigned char tasks_bpf[];
extern const unsigned int tasks_bpf_len;

struct programs {
	struct bpf_object *object;
	struct bpf_link *links[PROGRAMS];
	struct ring_buffer *ring;
	const volatile uint64_t *lost; /* the programs' own count */
	uint64_t lost_before; /* of it: what was told to the source */
	struct source *source; /* that is being told just now */
	unsigned int told;
};

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static int on_fact(void *data, void *bytes, size_t size)
{
	struct programs *p = data;

	if (size >= sizeof(struct fact))
		source_add(p->source, bytes);
	return ++p->told < DRAIN_MAX ? 0 : -EAGAIN;
}

static void bpf_drain(void *self, struct source *s)
{
	struct programs *p = self;
	uint64_t lost;

	p->source = s;
	p->told = 0;
	ring_buffer__consume(p->ring);
	lost = *p->lost;
	if (lost != p->lost_before)
		source_lose(s, lost - p->lost_before);
	p->lost_before = lost;
}

static int bpf_fd(const void *self)
{
	return ring_buffer__epoll_fd(((const struct programs *)self)->ring);
}

static void bpf_close(void *self)
{
	struct programs *p = self;

	for (int i = 0; i < PROGRAMS; i++)
		bpf_link__destroy(p->links[i]);
	ring_buffer__free(p->ring);
	if (p->lost)
		munmap((void *)p->lost, (size_t)sysconf(_SC_PAGESIZE));
	bpf_object__close(p->object);
	g_free(p);
}

/* The kernel wants a power of two, of whole pages. */
static unsigned int ring_size(unsigned int buffer)
{
	unsigned int size = (unsigned int)sysconf(_SC_PAGESIZE);

	while (size <= buffer / 2)
		size *= 2;
	return size;
}

static int load(struct programs *p, unsigned int buffer)
{
	struct bpf_map *ring;

	p->object = bpf_object__open_mem(tasks_bpf, tasks_bpf_len, NULL);
	if (!p->object)
		return -errno;
	ring = bpf_object__find_map_by_name(p->object, "ring");
	if (!ring || bpf_map__set_max_entries(ring, ring_size(buffer ? buffer : BUFFER)))
		return -EINVAL;
	return bpf_object__load(p->object);
}

/* What is read later takes no rights then: it is mapped now. */
static int map(struct programs *p)
{
	struct bpf_map *count = bpf_object__find_map_by_name(p->object, ".bss");
	void *page;

	p->ring = ring_buffer__new(bpf_object__find_map_fd_by_name(p->object, "ring"), on_fact, p,
				   NULL);
	if (!p->ring || !count)
		return -errno;
	page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, bpf_map__fd(count),
		    0);
	if (page == MAP_FAILED)
		return -errno;
	p->lost = page;
	return 0;
}

static int attach(struct programs *p)
{
	struct bpf_program *program;
	int n = 0;

	bpf_object__for_each_program(program, p->object)
	{
		if (n == PROGRAMS)
			return -E2BIG;
		p->links[n] = bpf_program__attach(program);
		if (!p->links[n])
			return -errno;
		n++;
	}
	return 0;
}

static void *bpf_open(unsigned int buffer, char **why)
{
	struct programs *p = g_new0(struct programs, 1);
	const char *what;
	struct stat st;
	int err;

	if (stat("/proc/self/ns/pid", &st) || st.st_ino != FIRST_PIDNS) {
		*why = g_strdup("only in the machine's first PID namespace");
		bpf_close(p);
		return NULL;
	}
	libbpf_set_print(keep_quiet);
	what = "the programs are not loaded";
	err = load(p, buffer);
	if (!err) {
		what = "the ring is not mapped";
		err = map(p);
	}
	if (!err) {
		what = "the programs are not attached";
		err = attach(p);
	}
	if (!err)
		return p;
	*why = g_strdup_printf("%s (%s)", what, g_strerror(-err));
	bpf_close(p);
	return NULL;
}

const struct source_kind source_bpf = { .option = "bpf",
					.name = "BPF",
					.open = bpf_open,
					.fd = bpf_fd,
					.drain = bpf_drain,
					.close = bpf_close };
