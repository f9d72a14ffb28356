"""A real Ray cluster of two nodes, in processes that do not see a certain folder.

    python -m tests.reliability.nodes HIDDEN CPUS...    one node for each number of CPUs;
                                                        prints its address; ends when stdin does

To be started under `unshare --mount`: an empty disk is put over the folder, for it alone.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.settings import ROOT


@dataclass(frozen=True)
class Nodes:
    """The address of the cluster, and the folder that its nodes do not see."""

    address: str
    hidden: Path
    process: subprocess.Popen[str]

    def lose_the_last(self) -> None:
        """Have the last node die, with what runs on it."""
        assert self.process.stdin is not None
        self.process.stdin.write("lose\n")
        self.process.stdin.flush()


@contextmanager
def running(hidden: Path, cpus: tuple[int, ...] = (2, 2)) -> Iterator[Nodes]:
    """A cluster for as long as the context lasts."""
    hidden.mkdir(parents=True)
    # Ray's sockets have long names in its folder, and a socket's path is short.
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as temp,
        subprocess.Popen(
            [
                *("unshare", "--mount", sys.executable, "-m", "tests.reliability.nodes"),
                *(str(hidden), *map(str, cpus)),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "TMPDIR": temp,
                "RAY_TMPDIR": temp,
                "RAY_USAGE_STATS_ENABLED": "0",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        address = next(line.split()[1] for line in lines if line.startswith("address "))
        try:
            yield Nodes(address, hidden, process)
        finally:
            process.communicate("", timeout=60)


def main(hidden: str, *cpus: str) -> None:
    """Nodes with so many CPUs, until stdin ends; each line of it loses the last one."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", hidden], check=True)
    cluster = importlib.import_module("ray.cluster_utils").Cluster()
    nodes = [
        cluster.add_node(
            num_cpus=int(number),
            memory=4_000_000_000,
            object_store_memory=100_000_000,
            include_dashboard=False,
        )
        for number in cpus
    ]
    print("address", cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(nodes.pop(), allow_graceful=False)
    cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
