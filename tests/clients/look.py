# SPDX-License-Identifier: MIT
"""What psutil finds in /proc: lines of NAME and values, for tests/clients/psutil.sh."""
import psutil

processes = {p.pid: p for p in psutil.process_iter()}
nginx = processes[20]
last = processes[4194303]


def say(name, *values):
    print(name, *values)


def name_of(error):
    return type(error).__name__


say("pids", *sorted(psutil.pids()))
say("iter", *sorted(processes))
for pid, p in sorted(processes.items()):
    say("process", pid, p.ppid(), p.username(), p.status(), p.num_threads(), p.name())
say("cmdline", *processes[12].cmdline())
say("zombie", processes[50].cmdline(), processes[50].is_running())
say("exe", nginx.exe())
say("cwd", nginx.cwd())
say("environ", *sorted("%s=%s" % pair for pair in nginx.environ().items()))
say("uids", *nginx.uids())
say("gids", *last.gids())
say("cpu_times", nginx.cpu_times().user, nginx.cpu_times().system)
say("memory_info", nginx.memory_info().rss, nginx.memory_info().vms)
say("memory_full_info", nginx.memory_full_info().uss, nginx.memory_full_info().pss)
say("memory_maps", *(m.path for m in nginx.memory_maps()))
say("num_fds", nginx.num_fds())
say("terminal", nginx.terminal())
say("cpu_num", nginx.cpu_num())
say("num_ctx_switches", *nginx.num_ctx_switches())
say("io_counters", *nginx.io_counters())
say("threads", *(t for thread in processes[30].threads() for t in thread))
say("parents", *(p.pid for p in processes[45].parents()))
say("children", *sorted(p.pid for p in processes[40].children(recursive=True)))
say("created", nginx.create_time() >= psutil.boot_time())
say("cpu_count", psutil.cpu_count())
say("virtual_memory", psutil.virtual_memory().total, psutil.virtual_memory().free)
say("swap_memory", psutil.swap_memory().total)
try:
    psutil.Process(9999)
except psutil.Error as error:
    say("nobody", name_of(error))
# These ask the kernel itself, which knows no such process.
for call in ("nice", "ionice", "cpu_affinity"):
    try:
        say(call, getattr(nginx, call)())
    except psutil.Error as error:
        say(call, name_of(error))
try:
    nginx.kill()
except psutil.Error as error:
    say("kill", name_of(error))
say("pid_exists", psutil.pid_exists(20))
