/* SPDX-License-Identifier: MIT */
/* Whose cgroup is that: as those who make containers call them, and as others may. */
#include <glib.h>
#include <string.h>

#include "host/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHORT "0123456789ab"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define OTHER_SHORT "fedcba987654"

static void check(const char *cgroup, unsigned int nth, const char *wanted)
{
	g_autofree char *name = container_name(cgroup, nth);

	g_assert_cmpstr(name, ==, wanted);
}

static void test_makers(void)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		/* docker, with systemd and without */
		{ "/system.slice/docker-" ID ".scope", SHORT },
		{ "/docker/" ID, SHORT },
		{ "/system.slice/docker-" ID ".scope/init.scope", SHORT },
		/* podman, by root and by users, in pods; the one who watches it is outside */
		{ "/machine.slice/libpod-" ID ".scope/container", SHORT },
		{ "/libpod_parent/libpod-" ID, SHORT },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  SHORT },
		{ "/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope", SHORT },
		{ "/libpod_parent/" OTHER "/libpod-" ID, SHORT },
		{ "/libpod_parent/conmon", NULL },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID },
		/* Kubernetes: containerd, CRI-O, docker */
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234_5678.slice/"
		  "cri-containerd-" ID ".scope",
		  SHORT },
		{ "/kubepods/besteffort/pod0b2e9f31-7d5e-4b8e-9a0e-0123456789ab/" ID, SHORT },
		{ "/kubepods.slice/kubepods-pod1234.slice/crio-" ID ".scope", SHORT },
		{ "/system.slice/containerd.service/kubepods-pod1234.slice:cri-containerd:" ID,
		  SHORT },
		/* LXC and LXD */
		{ "/lxc.payload.web", "web" },
		{ "/lxc.payload.web/system.slice/ssh.service", "web" },
		{ "/lxc/web", "web" },
		{ "/lxc/web/init.scope", "web" },
		/* nspawn */
		{ "/machine.slice/machine-web.scope/payload", "web" },
		{ "/machine.slice/machine-my\\x2dweb.scope/payload/init.scope", "my-web" },
		{ "/machine.slice/systemd-nspawn@web.service/payload", "web" },
		{ "/machine.slice/systemd-nspawn@my\\x2dweb.service", "my-web" },
		/* units */
		{ "/system.slice/ssh.service", "ssh" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/browser.service",
		  "browser" },
		{ "/init.scope", "init" },
		/* nothing */
		{ "/", NULL },
		{ "", NULL },
		{ "/user.slice", NULL },
		{ "/system.slice/docker-" SHORT ".slice", NULL },
		{ "/0123", NULL },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *two = g_strconcat("0::", rows[i].path, "\n", NULL);
		g_autofree char *one =
			g_strconcat("9:memory:/\n4:name=systemd:", rows[i].path, "\n0::/\n", NULL);

		check(two, 0, rows[i].name);
		check(one, 0, rows[i].name);
	}
}

/* Of containers in containers, what is further in was called so by those inside. */
static void test_nested(void)
{
	static const char text[] = "0::/docker/" ID "/docker/" OTHER "\n";

	check(text, 0, SHORT);
	check(text, 1, OTHER_SHORT);
	check(text, 2, OTHER_SHORT);
	check(text, G_MAXUINT, OTHER_SHORT);
	check("0::/lxc.payload.web/machine.slice/machine-inner.scope\n", 0, "web");
	check("0::/lxc.payload.web/machine.slice/machine-inner.scope\n", 1, "inner");
	g_assert_cmpuint(container_depth(text), ==, 2);
	g_assert_cmpuint(container_depth("0::/docker/" ID "\n"), ==, 1);
	g_assert_cmpuint(container_depth("0::/libpod_parent/" OTHER "/libpod-" ID "\n"), ==, 1);
	g_assert_cmpuint(container_depth("0::/system.slice/ssh.service\n"), ==, 0);
	g_assert_cmpuint(container_depth(""), ==, 0);
	/* Who fakes another's id inside of his own container does not get its name. */
	check("0::/docker/" ID "/docker-" OTHER ".scope\n", 0, SHORT);
}

/* What it comes to is the name of one file, whatever a container calls its cgroups. */
static void test_hostile(void)
{
	static const char *const texts[] = {
		"0::/lxc.payload...\n",
		"0::/lxc.payload...service\n",
		"0::/lxc/..\n",
		"0::/lxc/.\n",
		"0::/lxc/\n",
		"0::/machine-...scope\n",
		"0::/machine-.scope\n",
		"0::/machine-\\x2e\\x2e.scope\n",
		"0::/machine-\\x2fetc\\x2fpasswd.scope\n",
		"0::/machine-a\\x0ab.scope\n",
		"0::/machine-\\x00.scope\n",
		"0::/machine-\\x.scope\n",
		"0::/machine-\\x2.scope\n",
		"0::/machine-\\xzz.scope\n",
		"0::/\\.service\n",
		"0::/.service\n",
		"0::/../../docker\n",
		"0::/..service\n",
		"0::/...service\n",
		"0::/....service\n",
		":::::::\n\n\n:\n",
		"::\n",
		"0:\n",
		"0::",
		"\n",
		"no colons at all",
		"0::/\x1b]0;title\a.service\n",
		"0::/\xff\xfe.service\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		for (unsigned int nth = 0; nth < 3; nth++) {
			g_autofree char *name = container_name(texts[i], nth);

			if (!name)
				continue;
			g_assert_cmpstr(name, !=, "");
			g_assert_cmpstr(name, !=, ".");
			g_assert_cmpstr(name, !=, "..");
			g_assert_null(strpbrk(name, "/\n"));
		}
	check("0::/machine-\\x2fetc\\x2fpasswd.scope\n", 0, "_etc_passwd");
	check("0::/machine-\\x2e\\x2e.scope\n", 0, "machine-..");
	check("0::/lxc/..\n", 0, NULL);
	check("0::/../../docker-" ID ".scope\n", 0, SHORT);
}

static void test_huge(void)
{
	GString *text = g_string_new("0::");
	g_autofree char *name = NULL;

	for (int i = 0; i < 1000; i++)
		g_string_append(text, "/lxc.payload.x");
	name = container_name(text->str, 0);
	g_assert_cmpstr(name, ==, "x");
	g_assert_cmpuint(container_depth(text->str), ==, 1000);
	g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/container/makers", test_makers);
	g_test_add_func("/container/nested", test_nested);
	g_test_add_func("/container/hostile", test_hostile);
	g_test_add_func("/container/huge", test_huge);
	return g_test_run();
}
