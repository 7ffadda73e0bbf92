# SPDX-License-Identifier: MIT
"""Log files under real processes: rotation under a race, forks beside a writing thread, SIGKILL, full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from small_disk import on_a_small_disk
from unmeasured import unmeasured

PATIENCE = 60  # seconds


def started(program, *arguments, before=(), env=None):
    """A fresh interpreter that runs a program."""
    command = [*before, sys.executable, "-W", "error", "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE, text=True, env=env
    )


def finished(process):
    """What a process printed; it must end well."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out


def by_writer(directory):
    """The numbers of each writer, in the order of the files, the oldest first; every line must be whole."""
    files = [path for path in directory.iterdir() if path.name.startswith("app.log")]
    seen = {}
    for path in sorted(files, key=lambda each: -int(each.name.removeprefix("app.log").lstrip(".") or 0)):
        for line in path.read_text().splitlines():
            told = json.loads(line)
            seen.setdefault(told["writer"], []).append(told["number"])
    return seen, [path.stat().st_size for path in files]


WRITER = """
    import json, sys
    from errcore.logs import FileSink
    from errcore.logs.sinks import open_file

    open_file._PAUSES *= 100  # where a busy machine stops who has the lock, the others would go on without it
    path, writer, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sink = FileSink(path, max_bytes=50_000, files=10**6)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        assert sink.write(json.dumps({"writer": writer, "number": number, "pad": "x" * 120}) + "\\n")
    assert sink.lost == 0
"""


def test_eight_processes_lose_nothing_by_rotation(tmp_path):
    """Hundreds of rotations: every line is there, whole and once, in the order of its writer, and no file is too long."""
    count = 20_000
    path = tmp_path / "app.log"
    processes = [started(WRITER, path, writer, count, env=unmeasured()) for writer in range(8)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        finished(process)

    seen, sizes = by_writer(tmp_path)
    assert seen.keys() == set(range(8))
    assert all(numbers == list(range(count)) for numbers in seen.values())
    assert len(sizes) > 400
    assert max(sizes) <= 50_000


FORKS = """
    import json, os, sys, threading, warnings
    from errcore.logs import FileSink

    warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads is what this is about
    sink = FileSink(sys.argv[1], max_bytes=16384, files=10**6)
    stop = threading.Event()

    def write(writer, number):
        return sink.write(json.dumps({"writer": writer, "number": number, "pad": "x" * 120}) + "\\n")

    def keep_writing():
        number = 0
        while not stop.is_set():
            assert write("parent", number)
            number += 1

    thread = threading.Thread(target=keep_writing)
    thread.start()
    children = []
    for child in range(30):
        pid = os.fork()
        if not pid:
            os._exit(0 if all(write(f"child {child}", number) for number in range(40)) else 1)
        children.append(pid)
    codes = [os.waitpid(pid, 0)[1] for pid in children]
    stop.set()
    thread.join()
    assert codes == [0] * 30, codes
    print(sink.lost)
"""


def test_forks_beside_a_writing_thread_neither_hang_nor_lose(tmp_path):
    """A child is forked while the lock and the file are in use: it has its own of both."""
    assert finished(started(FORKS, tmp_path / "app.log", env=unmeasured())) == "0\n"

    seen, sizes = by_writer(tmp_path)
    assert {f"child {child}": list(range(40)) for child in range(30)}.items() <= seen.items()
    assert seen["parent"] == list(range(len(seen["parent"])))
    assert max(sizes) <= 16384 + 200


KILLED = """
    import sys
    from errcore.logs import configure, log_directory, log_security_event

    configure(log_directory(sys.argv[1], max_bytes=16384, files=1000), store_ip=True)
    number = 0
    while True:
        assert log_security_event("login_failed", "No.", ip="192.0.2.7", number=number)
        print(number, flush=True)
        number += 1
"""


@pytest.mark.parametrize("answers", [1, 7, 300])
def test_security_event_survives_sigkill(tmp_path, answers):
    """The line is in the file when the call returns, not when a buffer is full or somebody says goodbye."""
    process = started(KILLED, tmp_path)
    for _ in range(answers):
        last = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=PATIENCE)
    told = [int(line) for line in (last + rest).splitlines(keepends=True) if line.endswith("\n")]

    files = [path for path in tmp_path.iterdir() if path.name.startswith("security.log")]
    lines = [line for path in files for line in path.read_text().splitlines(keepends=True)]
    # Of the line that was being written, and of which nobody was told, the system may have taken a part.
    found = {json.loads(line)["extra"]["number"] for line in lines if line.endswith("\n")}
    assert found >= set(range(told[-1] + 1))


LIMITED = """
    import json, resource, sys
    from errcore import clock
    from errcore.logs import FileSink
    from errcore.testing import FakeClock

    sink = FileSink(sys.argv[1])
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with clock.using(FakeClock()) as fake:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_050, hard))
        taken = [sink.write(json.dumps({"number": number}).ljust(99) + "\\n") for number in range(120)]
        assert taken == [True] * 100 + [False] * 20, taken
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        fake.advance(5)
        assert sink.write('{"number": 120}\\n')
"""


def test_line_that_fits_in_part_is_taken_back(tmp_path):
    """A limit in the middle of a line leaves no half line behind, and says afterwards how many are missing."""
    finished(started(LIMITED, tmp_path / "app.log"))

    lines = [json.loads(line) for line in (tmp_path / "app.log").read_text().splitlines()]
    assert [line.get("number") for line in lines] == [*range(100), None, 120]
    assert lines[100]["lost"] == {"EFBIG": 20}


FULL = """
    import json, os, sys
    from errcore import clock
    from errcore.logs import configure, log_directory, log_security_event
    from errcore.testing import FakeClock

    root = sys.argv[1]
    with clock.using(FakeClock()) as fake, configure(log_directory(root + "/logs", max_bytes=10**7)):
        with open(root + "/ballast", "wb") as ballast:
            ballast.write(bytes(900_000))
        number, fails = 0, 0
        while fails < 50:
            fails += not log_security_event("probe", "x" * 400, number=number)
            number += 1
        assert number > 100
        os.truncate(root + "/ballast", 0)
        fake.advance(5)
        assert log_security_event("probe", "again", number=number)
        lines = [json.loads(line) for line in open(root + "/logs/security.log")]
        told = [line["extra"]["number"] for line in lines if line["event"] == "security_event"]
        (notice,) = [line for line in lines if line["event"] == "log_lines_lost"]
        assert notice["lost"] == {"ENOSPC": 50}, notice
        assert told == [*range(number - 50), number]
        assert lines[-2] is notice
"""


def test_full_disk_never_reaches_the_caller(tmp_path):
    """On a file system of 1 MB: every call returns, whole lines only, and writing goes on when there is room."""
    finished(started(FULL, tmp_path, before=on_a_small_disk(tmp_path)))


STOPPED = """
    import sys
    from errcore.logs import configure, log_performance_metric, log_security_event

    with configure():
        sys.stdout.close()
        assert not log_security_event("probe", "Nobody hears this.")
        assert not log_performance_metric("probe", 1)
    sys.stdout = None
"""


def test_closed_standard_output_never_reaches_the_caller():
    """As in a daemon; standard error hears of it once."""
    process = started(STOPPED)
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, err
    assert err.count("errcore cannot write to standard output (ValueError)") == 1


def test_reader_that_goes_away_never_reaches_the_caller():
    """A broken pipe behind standard output, as under `| head`."""
    reader, writer = os.pipe()
    program = """
        import os, sys
        from errcore.logs import log_security_event

        sys.stdin.readline()
        print([log_security_event("probe", "Nobody reads this.") for _ in range(3)], file=sys.stderr)
        sys.stderr.flush()
        os._exit(0)  # as it ends, Python itself complains about the pipe
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    os.close(reader)
    _, err = process.communicate("go\n", timeout=PATIENCE)

    assert process.returncode == 0
    assert "[False, False, False]" in err
    assert err.count("errcore cannot write to standard output (EPIPE)") == 1
