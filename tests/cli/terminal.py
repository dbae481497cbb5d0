"""A terminal for tests: runs a program at one, types when it is asked, and prints what was to be seen there.

The one argument is JSON: `argv`; `steps`, pairs of a text that is waited for and one that is typed then; `answers`, pairs of a
regular expression on the end of what is shown and a text that is typed whenever it matches; `columns`, the width. A text of the
form `resize:COLUMNS` is not typed: the terminal gets that width. The exit code is the program's, 128
and the signal if it was killed, or 99 if a text that was waited for did not come.
"""

import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

PATIENCE = 60

plan = json.loads(sys.argv[1])
pid, screen = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, plan.get("columns", 120), 0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(plan["argv"][0], plan["argv"])

steps = [(wait.encode(), typed.encode()) for wait, typed in plan["steps"]]
answers = [(re.compile(seen.encode() + rb"\Z"), typed.encode()) for seen, typed in plan["answers"]]
shown, read_to, until = b"", 0, time.monotonic() + PATIENCE


def do(typed):
    if typed.startswith(b"resize:"):
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(typed[7:]), 0, 0))
    else:
        os.write(screen, typed)


def type_what_is_asked():
    global read_to, steps
    while steps:
        at = shown.find(steps[0][0], read_to)
        if at < 0:
            return
        read_to = at + len(steps[0][0])
        do(steps.pop(0)[1])
    for seen, typed in answers:
        if seen.search(shown[read_to:]):
            read_to = len(shown)
            os.write(screen, typed)


while True:
    ready, _, _ = select.select([screen], [], [], max(0, until - time.monotonic()))
    try:
        more = os.read(screen, 65536) if ready else b""
    except OSError:  # the other side is closed
        more = b""
    if not more:
        break
    shown += more
    type_what_is_asked()

sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
if steps or time.monotonic() >= until:
    os.kill(pid, signal.SIGKILL)
    print("waited in vain for", steps[0][0] if steps else "its end", file=sys.stderr)
    sys.exit(99)
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
