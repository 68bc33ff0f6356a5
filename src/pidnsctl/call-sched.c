/* SPDX-License-Identifier: MIT */
/* Priorities, policies and CPUs. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "pidnsctl/call.h"

/* sched_setattr(2)'s argument, which glibc has since 2.41 only: version 0. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

#define ATTR_RESET_ON_FORK 1u
#define ATTR_KEEP_POLICY 0x08u
#define ATTR_KEEP_PARAMS 0x10u
#define ATTR_CLAMPS 0x60u
#define ATTR_PAGE 4096

#define POLICY_RESET_ON_FORK 0x40000000
#define POLICY_DEADLINE 6
#define POLICY_EXT 7

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_known(int policy)
{
	return (policy >= SCHED_OTHER && policy <= SCHED_BATCH) || policy == SCHED_IDLE ||
	       policy == POLICY_EXT;
}

static int set_thread(const struct call *c, pid_t nr, const char *line)
{
	return (int)call_result(view_write(&c->context->view, view_thread_path(nr, "set"), line));
}

/* The thread, and whether the caller may change it. */
static int find_for_change(const struct call *c, pid_t nr, struct view_task *task)
{
	int err = view_task(&c->context->view, nr, task);

	return err ? err : call_may(c, task->uid);
}

/* --- nice ------------------------------------------------------------------------ */

struct nice_change {
	const struct call *c;
	int nice;
	int err; /* of those to whom it was refused; the last */
	bool done; /* to somebody */
};

static int change_nice(const struct view *v, pid_t nr, void *data)
{
	struct nice_change *change = data;
	struct view_task task;
	char line[32];
	int err = find_for_change(change->c, nr, &task);

	(void)v;
	if (err == -ENOENT)
		return 0;
	if (!err && change->nice < task.nice)
		err = call_is_master(change->c);
	snprintf(line, sizeof(line), "nice=%d\n", change->nice);
	if (!err)
		err = set_thread(change->c, nr, line);
	if (!err)
		change->done = true;
	else if (err != -ESRCH)
		change->err = err;
	return 0;
}

struct nice_sum {
	int lowest;
	bool found;
};

static int lowest_nice(const struct view *v, pid_t nr, void *data)
{
	struct nice_sum *sum = data;
	struct view_task task;

	if (!view_task(v, nr, &task) && (!sum->found || task.nice < sum->lowest)) {
		sum->lowest = task.nice;
		sum->found = true;
	}
	return 0;
}

/* PRIO_USER's 0 is the caller, whose real uid we take to be ours. */
static long user_of(const struct call *c, int who)
{
	return who ? (long)(uid_t)who : (long)c->context->uid;
}

/* Does each for whom setpriority's first two arguments mean; -ENOENT: nobody here. */
static int for_each_meant(const struct call *c, view_each each, void *data)
{
	const struct view *v = &c->context->view;
	int which = (int)c->args[0], who = (int)c->args[1];

	switch (which) {
	case PRIO_PROCESS:
		if (who <= 0)
			return -ENOENT;
		/* Any thread's number will do. */
		return view_has(v, who) ? each(v, who, data) : -ENOENT;
	case PRIO_PGRP:
		return who > 0 ? view_for_each(v, who, -1, each, data) : -ENOENT;
	case PRIO_USER:
		return view_for_each(v, -1, user_of(c, who), each, data);
	default:
		return -ENOENT;
	}
}

long call_setpriority(struct call *c)
{
	struct nice_change change = { .c = c, .nice = CLAMP((int)c->args[2], -20, 19) };
	int err = for_each_meant(c, change_nice, &change);

	if (err)
		return err == -ENOENT ? CALL_CONTINUE : call_result(err);
	if (change.err)
		return change.err;
	return change.done ? 0 : -ESRCH;
}

long call_getpriority(struct call *c)
{
	struct nice_sum sum = { 0 };
	int err = for_each_meant(c, lowest_nice, &sum);

	if (err)
		return err == -ENOENT ? CALL_CONTINUE : call_result(err);
	/* The call itself counts from 40 down, so that it is never negative. */
	return sum.found ? 20 - sum.lowest : -ESRCH;
}

/* --- policies ---------------------------------------------------------------------- */

static long change_policy(struct call *c, int policy, int rt_priority, bool set_nice, int nice)
{
	pid_t nr = (pid_t)c->args[0];
	struct view_task task;
	char line[80];
	int err = find_for_change(c, nr, &task);

	if (err)
		return call_result(err);
	if (is_realtime(policy) ? rt_priority < 1 || rt_priority > 99 : rt_priority != 0)
		return -EINVAL;
	/* Without RLIMIT_RTPRIO and the like, which nobody here has. */
	if ((is_realtime(policy) || is_realtime(task.policy) || (set_nice && nice < task.nice)) &&
	    call_is_master(c))
		return -EPERM;
	if (set_nice)
		snprintf(line, sizeof(line), "policy=%d rt_priority=%d nice=%d\n", policy,
			 rt_priority, nice);
	else
		snprintf(line, sizeof(line), "policy=%d rt_priority=%d\n", policy, rt_priority);
	return set_thread(c, nr, line);
}

/* Has the view the thread?  0, or the answer to give. */
static long find(struct call *c, struct view_task *task)
{
	pid_t nr = (pid_t)c->args[0];
	if (!view_has(&c->context->view, nr))
		return CALL_CONTINUE;
	return call_result(view_task(&c->context->view, nr, task));
}

long call_setscheduler(struct call *c)
{
	int policy = (int)c->args[1] & ~POLICY_RESET_ON_FORK, rt_priority;
	struct view_task task;
	long answer = find(c, &task);

	if (answer)
		return answer;
	if ((int)c->args[1] < 0 || !c->args[2])
		return -EINVAL;
	if (call_peek(c, c->args[2], &rt_priority, sizeof(rt_priority)))
		return -EFAULT;
	if (!is_known(policy))
		return -EINVAL;
	return change_policy(c, policy, rt_priority, false, 0);
}

long call_setparam(struct call *c)
{
	struct view_task task;
	long answer = find(c, &task);
	int rt_priority;

	if (answer)
		return answer;
	if (!c->args[1])
		return -EINVAL;
	if (call_peek(c, c->args[1], &rt_priority, sizeof(rt_priority)))
		return -EFAULT;
	return change_policy(c, task.policy, rt_priority, false, 0);
}

long call_getscheduler(struct call *c)
{
	struct view_task task;
	long answer = find(c, &task);

	return answer ? answer : task.policy;
}

long call_getparam(struct call *c)
{
	struct view_task task;
	long answer = find(c, &task);

	if (answer)
		return answer;
	if (!c->args[1])
		return -EINVAL;
	return call_poke(c, c->args[1], &task.rt_priority, sizeof(task.rt_priority));
}

long call_setattr(struct call *c)
{
	struct attr attr;
	struct view_task task;
	long answer = find(c, &task);
	uint32_t size;

	if (answer)
		return answer;
	if (!c->args[1] || (unsigned int)c->args[2])
		return -EINVAL;
	if (call_peek(c, c->args[1], &size, sizeof(size)))
		return -EFAULT;
	if (size && (size < sizeof(attr) || size > ATTR_PAGE)) {
		size = sizeof(attr);
		return call_poke(c, c->args[1], &size, sizeof(size)) ? -EFAULT : -E2BIG;
	}
	if (call_peek(c, c->args[1], &attr, sizeof(attr)))
		return -EFAULT;
	if ((int)attr.policy < 0)
		return -EINVAL;
	if (attr.flags & ATTR_CLAMPS)
		return -EOPNOTSUPP; /* as a kernel without uclamp */
	if (attr.flags & ATTR_KEEP_POLICY)
		attr.policy = (uint32_t)task.policy;
	if (attr.flags & ATTR_KEEP_PARAMS) {
		attr.priority = (uint32_t)task.rt_priority;
		attr.nice = task.nice;
	}
	/* No CPU of this world has bandwidth left to reserve. */
	if (attr.policy == POLICY_DEADLINE)
		return attr.runtime && attr.runtime <= attr.deadline ? -EBUSY : -EINVAL;
	if (!is_known((int)attr.policy))
		return -EINVAL;
	return change_policy(c, (int)attr.policy, (int)attr.priority,
			     !is_realtime((int)attr.policy), CLAMP(attr.nice, -20, 19));
}

long call_getattr(struct call *c)
{
	uint32_t size = (uint32_t)c->args[2];
	struct view_task task;
	long answer = find(c, &task);
	struct attr attr = { .size = sizeof(attr) };

	if (answer)
		return answer;
	if (!c->args[1] || size < sizeof(attr) || size > ATTR_PAGE || (unsigned int)c->args[3])
		return -EINVAL;
	attr.policy = (uint32_t)task.policy;
	if (is_realtime(task.policy))
		attr.priority = (uint32_t)task.rt_priority;
	else
		attr.nice = task.nice;
	return call_poke(c, c->args[1], &attr, sizeof(attr));
}

/* Round robin's default; who has none has 0. */
long call_rr_interval(struct call *c)
{
	struct view_task task;
	struct timespec interval = { 0 };
	long answer = find(c, &task);

	if (answer)
		return answer;
	if (task.policy == SCHED_RR)
		interval.tv_nsec = 100000000;
	return call_poke(c, c->args[1], &interval, sizeof(interval));
}

/* --- CPUs ---------------------------------------------------------------------------- */

#define CPUS_MAX 8192

typedef unsigned char cpus[CPUS_MAX / 8];

/* Bits are told by the bytes of longs, which differ where the big end comes first. */
static unsigned int byte_of(unsigned int cpu)
{
	const unsigned int last = sizeof(long) - 1;

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? (cpu / 8) ^ last : cpu / 8;
}

static bool has_cpu(const cpus mask, unsigned int cpu)
{
	return cpu < CPUS_MAX && mask[byte_of(cpu)] & 1u << cpu % 8;
}

/* "0-3,7"; empty if none of the first n is in it. */
static char *list_of(const cpus mask, unsigned int n)
{
	GString *list = g_string_new(NULL);

	for (unsigned int cpu = 0; cpu < n; cpu++) {
		unsigned int from = cpu;

		if (!has_cpu(mask, cpu))
			continue;
		while (cpu + 1 < n && has_cpu(mask, cpu + 1))
			cpu++;
		g_string_append_printf(list, "%s%u", list->len ? "," : "", from);
		if (cpu > from)
			g_string_append_printf(list, "-%u", cpu);
	}
	return g_string_free(list, FALSE);
}

static void mask_of(const char *list, cpus mask)
{
	memset(mask, 0, CPUS_MAX / 8);
	while (g_ascii_isdigit(*list)) {
		char *end;
		unsigned long from = strtoul(list, &end, 10), to = from;

		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (; from <= to && from < CPUS_MAX; from++)
			mask[byte_of((unsigned int)from)] |= (unsigned char)(1u << from % 8);
		list = *end == ',' ? end + 1 : end;
	}
}

long call_setaffinity(struct call *c)
{
	pid_t nr = (pid_t)c->args[0];
	size_t len = MIN((uint32_t)c->args[1], CPUS_MAX / 8);
	g_autofree char *list = NULL;
	g_autofree char *line = NULL;
	struct view_task task;
	cpus mask = { 0 };
	long answer = find(c, &task);
	int err;

	if (answer)
		return answer;
	if (call_peek(c, c->args[2], mask, len))
		return -EFAULT;
	err = call_may(c, task.uid);
	if (err)
		return err;
	list = list_of(mask, view_cpus(&c->context->view));
	if (!*list)
		return -EINVAL;
	line = g_strdup_printf("cpus=%s\n", list);
	return set_thread(c, nr, line);
}

long call_getaffinity(struct call *c)
{
	static const char key[] = "\nCpus_allowed_list:\t";
	pid_t nr = (pid_t)c->args[0];
	size_t len = (uint32_t)c->args[1], size;
	unsigned int n = view_cpus(&c->context->view);
	g_autofree char *status = NULL;
	const char *line;
	cpus mask;
	int err;

	if (!view_has(&c->context->view, nr))
		return CALL_CONTINUE;
	err = view_read(&c->context->view, view_thread_path(nr, "status"), &status);
	if (err)
		return call_result(err);
	if (len * 8 < n || len % sizeof(long))
		return -EINVAL;
	line = strstr(status, key);
	if (!line)
		return -ESRCH;
	mask_of(line + strlen(key), mask);
	size = MIN(len, (n + 8 * sizeof(long) - 1) / (8 * sizeof(long)) * sizeof(long));
	err = call_poke(c, c->args[2], mask, size);
	return err ? err : (long)size;
}
