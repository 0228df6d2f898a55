"""Runs a command and says on file descriptor 3 what it used: rusage.py SECONDS COMMAND [ARGUMENT ...]"""
import json, os, signal, subprocess, sys, time

limit, command = int(sys.argv[1]), sys.argv[2:]
began = time.monotonic()
child = subprocess.Popen(command)
signal.signal(signal.SIGALRM, lambda *_: child.kill())
signal.signal(signal.SIGTERM, lambda *_: child.kill())
signal.alarm(limit)
_, status, usage = os.wait4(child.pid, 0)
wall = time.monotonic() - began
cpu = usage.ru_utime + usage.ru_stime
rss = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
with os.fdopen(3, "w") as out:
    json.dump({"wall": wall, "cpu": cpu, "rss": rss, "code": os.waitstatus_to_exitcode(status)}, out)
