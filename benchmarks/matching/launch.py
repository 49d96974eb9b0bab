"""Start one command; tell how it ended: ``python -IS launch.py TOLD.json OUTPUT LIMIT PROCESSORS COMMAND...``.

Tells its exit code, whether it was stopped at the limit (in seconds), the seconds it took and its peak memory.
PROCESSORS is how many it may use, 0 for all. A process of its own, because on Linux a child's ``ru_maxrss`` begins with
the memory of whoever started it: measured from the harness, which holds arrays and arrow, a small child would look as
large as the harness. This one holds next to nothing.
"""

import json
import os
import signal
import subprocess
import sys
from time import perf_counter

told, output, limit, processors, *command = sys.argv[1:]
if int(processors):
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("this system cannot keep a process to some of its processors")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(processors)])
stopped = False


def stop(_signal, _frame):
    """End the child and whatever it started."""
    global stopped  # noqa: PLW0603 - a signal has no other way to say so
    stopped = True
    os.killpg(child.pid, signal.SIGKILL)


with open(output, "wb") as file:  # noqa: PTH123 - pathlib would cost this process memory
    started = perf_counter()
    child = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(int(limit))
    # wait4 gives the usage of this one child and of those that it waited for.
    _, status, usage = os.wait4(child.pid, 0)
    signal.alarm(0)
    process = perf_counter() - started
with open(told, "w") as file:  # noqa: PTH123
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    json.dump({"code": code, "stopped": stopped, "process": process, "peak": peak}, file)
os._exit(0)
