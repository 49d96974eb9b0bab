"""Start one command; tell its exit code, seconds and peak memory: ``python -IS launch.py TOLD.json OUTPUT COMMAND...``.

A process of its own, because on Linux a child's ``ru_maxrss`` begins with the memory of whoever started it: measured
from the harness, which holds arrays and arrow, a small child would look as large as the harness. This one holds next to
nothing.
"""

import json
import os
import subprocess
import sys
from time import perf_counter

told, output, *command = sys.argv[1:]
with open(output, "wb") as file:  # noqa: PTH123 - pathlib would cost this process memory
    started = perf_counter()
    child = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    # wait4 gives the usage of this one child.
    _, status, usage = os.wait4(child.pid, 0)
    process = perf_counter() - started
with open(told, "w") as file:  # noqa: PTH123
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    json.dump({"code": os.waitstatus_to_exitcode(status), "process": process, "peak": peak}, file)
os._exit(0)
