/* SPDX-License-Identifier: MIT */
#include "pidnsctl/supervisor.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pidnsctl/call.h"

struct supervisor {
	struct call_context context;
	struct seccomp_notif *request; /* of the size that the kernel wants */
	struct seccomp_notif_resp *response;
	size_t request_size, response_size;
};

int supervisor_filter(void)
{
	unsigned int n;
	const struct call_handler *handlers = call_handlers(&n);
	g_autofree struct filter_rule *rules = g_new(struct filter_rule, n);

	for (unsigned int i = 0; i < n; i++)
		rules[i] = handlers[i].rule;
	return filter_install(rules, n);
}

struct supervisor *supervisor_new(int view, int proc, int listener, bool master)
{
	struct supervisor *s = g_new0(struct supervisor, 1);
	struct seccomp_notif_sizes sizes = { 0 };
	struct stat st = { 0 }, above = { 0 };

	syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
	s->request_size = MAX(sizeof(*s->request), sizes.seccomp_notif);
	s->response_size = MAX(sizeof(*s->response), sizes.seccomp_notif_resp);
	s->request = g_malloc(s->request_size);
	s->response = g_malloc(s->response_size);
	fstat(view, &st);
	/* The true /proc is mounted in what is the command's. */
	if (fstatat(proc, "..", &above, 0))
		above.st_dev = st.st_dev;
	s->context = (struct call_context){
		.view = { view, st.st_dev },
		.dev = above.st_dev,
		.uid = master ? geteuid() : (uid_t)-1,
		.proc = proc,
		.listener = listener,
		.pidfds = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
	};
	return s;
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	close(s->context.view.dir);
	close(s->context.proc);
	close(s->context.listener);
	g_hash_table_unref(s->context.pidfds);
	g_free(s->request);
	g_free(s->response);
	g_free(s);
}

static long answer(struct call *c, int nr)
{
	unsigned int n;
	const struct call_handler *handlers = call_handlers(&n);

	for (unsigned int i = 0; i < n; i++)
		if (handlers[i].rule.nr == nr)
			return handlers[i].answer(c);
	return CALL_CONTINUE;
}

/*
 * Puts the descriptor into the caller, whose call returns its number.  Before
 * Linux 5.14 this takes two steps.
 */
static bool send_fd(const struct call *c, long *result)
{
	struct seccomp_notif_addfd add = {
		.id = c->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)c->fd,
		.newfd_flags = c->fd_flags,
	};
	int fd = ioctl(c->context->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	if (fd >= 0)
		return true;
	if (errno == EINVAL) {
		add.flags = 0;
		fd = ioctl(c->context->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	}
	*result = fd >= 0 ? fd : -errno;
	return false;
}

void supervisor_serve(struct supervisor *s)
{
	struct call c = { .context = &s->context, .memory = -1, .fd = -1 };
	bool sent = false;
	long result;

	memset(s->request, 0, s->request_size);
	/* ENOENT: the caller was killed meanwhile. */
	if (ioctl(s->context.listener, SECCOMP_IOCTL_NOTIF_RECV, s->request))
		return;
	c.id = s->request->id;
	c.pid = (pid_t)s->request->pid;
	for (int i = 0; i < 6; i++)
		c.args[i] = s->request->data.args[i];
	result = answer(&c, s->request->data.nr);
	if (c.fd >= 0) {
		sent = send_fd(&c, &result);
		close(c.fd);
	}
	if (c.memory >= 0)
		close(c.memory);
	if (sent)
		return;
	memset(s->response, 0, s->response_size);
	s->response->id = c.id;
	if (result == CALL_CONTINUE)
		s->response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (result < 0)
		s->response->error = (int)result;
	else
		s->response->val = result;
	/* Who is gone needs no answer.  Before Linux 5.5 nothing can be left to the kernel. */
	if (ioctl(s->context.listener, SECCOMP_IOCTL_NOTIF_SEND, s->response) && errno == EINVAL) {
		s->response->flags = 0;
		s->response->error = -ENOSYS;
		ioctl(s->context.listener, SECCOMP_IOCTL_NOTIF_SEND, s->response);
	}
}
