"""A writer that is killed at any moment loses nothing that it acknowledged."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from touchline.ledger import Kind, Status, check, installation_key, read_line, trusted_keys
from touchline.ledger.line import hash_of
from touchline.ledger.writing import Ledger

KILLS = 200

# Imports once and then forks a writer each time it is told to: what is killed is a process of its own.
NURSERY = """
import os, sys
from pathlib import Path
from touchline.ledger import Author, Entry, Ledger, installation_key
home, by = Path(sys.argv[1]), Author("writer")
key = installation_key(home)
key.sign(b"warm")
for told in sys.stdin:
    child = os.fork()
    if child == 0:
        ledger = Ledger.open(home / "l", key, subject="m", every_lines=5)
        k = 0
        while True:
            bodies = [{"life": int(told), "k": k + j, "text": "x" * (k % 7) * 40} for j in range(1 + k % 3)]
            k += len(bodies)
            receipts = ledger.append_many([Entry("mark", body, by) for body in bodies])
            said = "".join(f"ack {r.n} {r.sha256} {b['life']} {b['k']}\\n" for r, b in zip(receipts, bodies))
            os.write(1, said.encode())
    os.write(1, b"pid %d\\n" % child)
    status = os.waitpid(child, 0)[1]
    os.write(1, b"dead %d\\n" % (os.WTERMSIG(status) if os.WIFSIGNALED(status) else -1))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has neither fork nor SIGKILL")
def test_a_writer_killed_200_times_loses_no_acknowledged_entry(tmp_path: Path) -> None:
    at_random, acknowledged = random.Random(6), list[list[str]]()
    path = tmp_path / "l"
    key = installation_key(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for life in range(KILLS):
            nursery.stdin.write(f"{life}\n")
            nursery.stdin.flush()
            acks: list[list[str]] = []
            while (words := nursery.stdout.readline().split())[0] != "pid":
                acks.append(words)
            if life % 2:  # every other one is killed after its first word, the rest at any moment of their beginning
                acks.append(nursery.stdout.readline().split())
            time.sleep(at_random.uniform(0, 0.03))
            os.kill(int(words[1]), signal.SIGKILL)
            while (words := nursery.stdout.readline().split())[0] != "dead":
                acks.append(words)
            assert words == ["dead", str(int(signal.SIGKILL))]
            acknowledged += acks
            if life % 20 == 0 and path.exists() and acknowledged:
                report = check(path, trusted=[key.public])
                assert {each.kind for each in report.breaks} <= {Kind.TORN}
        nursery.stdin.close()
    Ledger.open(path, key, subject="m").checkpoint()
    data = path.read_bytes().splitlines()
    lives = set()
    for _, n, digest, life, k in acknowledged:
        assert hash_of(data[int(n)]) == digest
        body = read_line(data[int(n)]).body
        assert (body["life"], body["k"]) == (int(life), int(k))
        lives.add(life)
    assert len(lives) >= KILLS / 2
    assert len({n for _, n, *_ in acknowledged}) == len(acknowledged)
    assert check(path, trusted=trusted_keys(tmp_path)).status is Status.INTACT
