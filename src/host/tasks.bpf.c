/* SPDX-License-Identifier: MIT */
/*
 * The BPF programs of source-bpf.c: each puts what the kernel does with a task just
 * now into a ring.  What is named here of the kernel's structs is found where the
 * running kernel has it, when the programs are loaded.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "host/fact.h"

#define COMM_LEN 16

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	__u64 ino; /* that of its pidfd */
	struct upid numbers[];
};

struct task_struct {
	int pid, tgid, exit_code;
	struct pid *thread_pid;
	struct task_struct *group_leader, *real_parent;
	char comm[COMM_LEN];
};
#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} ring SEC(".maps");

/* How many facts the ring had no room for. */
__u64 lost;

/* Room in the ring is of a fixed size; hardly anybody is deeper than this. */
#define FEW 4

static __always_inline struct upid *number_at(const struct pid *pid, unsigned int level)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

/* In the namespace of its level, which who is another's parent may not be in. */
static __always_inline int number_in(const struct pid *pid, unsigned int level,
				     const struct pid_namespace *ns)
{
	struct upid *n;

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	n = number_at(pid, level);
	return BPF_CORE_READ(n, ns) == ns ? BPF_CORE_READ(n, nr) : 0;
}

static __always_inline void tell(struct task_struct *task, const struct pid *pid,
				 unsigned int levels, enum fact_kind kind, const unsigned int max)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	const struct pid *other = kind == FACT_FORK ? BPF_CORE_READ(parent, thread_pid) : 0;
	struct fact *f = bpf_ringbuf_reserve(&ring, sizeof(*f) + max * sizeof(f->nr[0]), 0);

	if (!f) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	f->kind = kind;
	f->levels = levels < max ? levels : max;
	f->pid = BPF_CORE_READ(task, pid);
	f->tgid = BPF_CORE_READ(task, tgid);
	f->parent = kind == FACT_FORK ? BPF_CORE_READ(parent, tgid) : 0;
	f->status = kind == FACT_EXIT ? BPF_CORE_READ(task, exit_code) : 0;
	f->time = bpf_ktime_get_boot_ns();
	f->ino = pid && bpf_core_field_exists(pid->ino) ? BPF_CORE_READ(pid, ino) : 0;
	bpf_core_read_str(f->comm, sizeof(f->comm), &task->comm);
	for (unsigned int i = 0; i < max; i++) {
		struct upid *n = number_at(pid, i);
		struct pid_namespace *ns;

		if (i >= levels)
			break;
		ns = BPF_CORE_READ(n, ns);
		f->nr[i].inum = BPF_CORE_READ(ns, ns.inum);
		f->nr[i].nr = BPF_CORE_READ(n, nr);
		f->nr[i].other = number_in(other, i, ns);
	}
	bpf_ringbuf_submit(f, 0);
}

static __always_inline int tell_all(struct task_struct *task, enum fact_kind kind)
{
	/* Whoever is reaped has none any more. */
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const unsigned int levels = pid ? BPF_CORE_READ(pid, level) + 1 : 0;

	if (levels <= FEW)
		tell(task, pid, levels, kind, FEW);
	else
		tell(task, pid, levels, kind, FACT_LEVELS);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(on_fork, struct task_struct *task)
{
	return tell_all(task, FACT_FORK);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	return tell_all(task, FACT_EXEC);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	return tell_all(task, FACT_EXIT);
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	return tell_all(task, FACT_FREE);
}

/* The kernel has helpers for programs under the GPL alone: this file may be had so, too. */
char licence[] SEC("license") = "Dual MIT/GPL";
