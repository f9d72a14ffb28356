"""Staging on a real Ray cluster of two nodes: the same bytes, also where workers are killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from pyarrow import fs

from benchmarks import generate
from pipelines import settings
from pipelines.definitions import build_defs
from pipelines.ingest import snapshot, spread, stage
from pipelines.resource import WarehouseResource
from tests import feeds
from tests.reliability import nodes, state
from tests.reliability.nodes import Nodes
from tests.test_cli import environment

BIG = "cases-2026-05-02T000000Z.ndjson"
KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with nodes.running(tmp_path_factory.mktemp("nodes") / "hidden", KEYS) as found:
        yield found


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of four snapshots that this machine built alone."""
    data = tmp_path_factory.mktemp("local") / "data"
    feeds.write(data, feeds.shipped(), "cases-0.json")
    feeds.write(data, state.later(), "cases-1.json")
    generate.write(200, data / "raw" / "cases-2026-05-03T000000Z.ndjson", seed=1)
    generate.write(2000, data / "raw" / BIG)
    built = build(data)
    assert built.returncode == 0, built.stderr
    return data


def start(data: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [state.ROOFHOUSE, "build", *options],
        env={**environment(data), **KEYS},
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def build(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    with start(data, *options) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def with_raw_of(local: Path, data: Path) -> Path:
    """A data folder with the same raw files, in which nothing is built yet."""
    shutil.copytree(local / "raw", data / "raw")
    return data


def content(data: Path) -> dict[str, object]:
    """What a build leaves, byte for byte; of a DuckDB file only that it is there."""
    found: dict[str, object] = {}
    for folder in (data / "marts", data / "build" / "staging"):
        for path in folder.rglob("*"):
            if path.is_file():
                found[str(path.relative_to(data))] = path.read_bytes()
    described = json.loads((data / "marts" / "manifest.json").read_text())
    for entry in described["files"]:
        if entry["file"] == "warehouse.duckdb":
            del entry["bytes"], entry["sha256"]
    found["marts/manifest.json"] = described
    return found


def check_same(local: Path, data: Path) -> None:
    expected, found = content(local), content(data)
    assert sum(name.startswith("build/staging/") for name in found) > 4 * 20
    assert {name for name in expected if expected[name] != found.get(name)} == set()
    assert found.keys() == expected.keys()


def check_refused(done: subprocess.CompletedProcess[str], words: str) -> str:
    """Exit code 1 and a last line with these words, which is returned; Ray says nothing."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not re.search(r"\bray::|\braylet\b|rpc_client|\[20\d\d-", done.stderr)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("roofhouse: ")
    assert words in last
    return last


def test_a_build_on_two_nodes_has_the_bytes_of_a_local_one_and_ray_is_not_heard(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    built = build(data, "--ray", cluster.address)
    assert built.returncode == 0, built.stderr
    check_same(local, data)
    steps = [line for line in built.stderr.splitlines() if line.strip()]
    assert [line for line in steps if not line.endswith(" rows")] == []


def test_a_worker_killed_while_it_stages_changes_nothing(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    sha256 = snapshot.sha256_of(data / "raw" / BIG)
    staging = data / "build" / "staging"

    def attempts() -> list[Path]:
        return sorted(path.parent for path in staging.glob(f".{sha256}.*.tmp/stage.duckdb"))

    with start(data, "--ray", cluster.address) as process:
        wait_until(lambda: bool(attempts()))
        (first,) = attempts()
        match = re.search(r"-(\d+)-[0-9a-f]{8}\.tmp$", first.name)
        assert match is not None
        worker = int(match[1])
        assert b"ray::" in Path(f"/proc/{worker}/cmdline").read_bytes()
        os.kill(worker, signal.SIGKILL)
        assert not (staging / sha256).exists()
        wait_until(lambda: len(attempts()) == 2)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert len(list(staging.iterdir())) == 4
    check_same(local, data)


def test_a_worker_that_is_killed_at_every_attempt_ends_the_build_in_one_line(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    staging = data / "build" / "staging"
    sha256 = snapshot.sha256_of(data / "raw" / BIG)
    killed: set[int] = set()
    with start(data, "--ray", cluster.address) as process:
        while process.poll() is None:
            for path in staging.glob(f".{sha256}.*.tmp/stage.duckdb"):
                worker = int(path.parent.name.split("-")[-2])
                if worker not in killed:
                    killed.add(worker)
                    os.kill(worker, signal.SIGKILL)
            time.sleep(0.01)
        out, err = process.communicate()
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    check_refused(done, f"{data / 'raw' / BIG}: Ray could not stage it")
    assert len(killed) == 4
    assert not list(staging.glob(".*"))
    assert build(data).returncode == 0
    check_same(local, data)


def test_nodes_that_do_not_see_the_data_folder_stage_through_an_object_store(
    local: Path, cluster: Nodes
) -> None:
    data = with_raw_of(local, cluster.hidden / "data")
    told = check_refused(build(data, "--ray", cluster.address), "does not see it")
    assert str(data / "raw" / "cases-0.json") in told
    assert "--shared" in told
    with object_store() as url:
        built = build(data, "--ray", cluster.address, "--shared", url)
        assert built.returncode == 0, built.stderr
        check_same(local, data)
        store, path = fs.FileSystem.from_uri(url)
        before = listing(store, path)
        assert sum(name.endswith("snapshot.json") for name in before) == 4
        # What one machine had staged, another has without the cluster.
        shutil.rmtree(data / "build")
        built = build(data, "--ray", "127.0.0.1:1", "--shared", url)
        assert built.returncode == 0, built.stderr
        check_same(local, data)
        assert listing(store, path) == before
        url = url.replace("://bucket", "://no-such-bucket")
        shutil.rmtree(data / "build")
        check_refused(build(data, "--ray", cluster.address, "--shared", url), "no-such-bucket")


def listing(store: fs.FileSystem, path: str) -> dict[str, object]:
    found = store.get_file_info(fs.FileSelector(path, recursive=True))
    return {info.path: (info.size, info.mtime_ns) for info in found if info.is_file}


@contextmanager
def object_store() -> Iterator[str]:
    """An S3 server on loopback with a bucket."""
    port = free_port()
    server = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: listens(port))
            with pytest.MonkeyPatch.context() as patch:
                for name, value in KEYS.items():
                    patch.setenv(name, value)
                where = f"scheme=http&endpoint_override=127.0.0.1:{port}"
                bucket, _ = fs.FileSystem.from_uri(
                    f"s3://bucket?{where}&allow_bucket_creation=true"
                )
                bucket.create_dir("bucket")
                yield f"s3://bucket/roofhouse?{where}"
        finally:
            process.kill()


@pytest.mark.parametrize("shared", [False, True])
def test_a_file_that_is_no_feed_is_told_as_by_a_local_build(
    cluster: Nodes, tmp_path: Path, shared: bool
) -> None:
    data = tmp_path / "data"
    feeds.write(data, feeds.shipped(), "cases-0.json")
    feeds.write(data, {**feeds.shipped(), "count": 21}, "cases-1.json")
    feeds.write(data, {**feeds.shipped(), "items": []}, "cases-2.json")
    options = ["--shared", f"file://{tmp_path}/shared"] if shared else []
    told = check_refused(build(data, "--ray", cluster.address, *options), "cases-1.json: field")
    shutil.rmtree(data / "build")
    assert check_refused(build(data), "cases-1.json: field `count` is 21") == told


def test_an_address_where_no_cluster_answers_is_told_in_one_line(
    local: Path, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    address = f"127.0.0.1:{free_port()}"
    check_refused(build(data, "--ray", address), f"{address}: no Ray cluster answers there")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            other, _ = server.accept()
            other.recv(64)
            other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            other.close()

        threading.Thread(target=answer).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        check_refused(build(data, "--ray", address), f"{address}: what answers there is no Ray")
    check_refused(build(data, "--ray", "somewhere"), "option --ray: ray: String should match")
    assert not (data / "marts").exists()


def test_a_task_that_no_node_is_large_enough_for_is_refused(
    local: Path, cluster: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    monkeypatch.setenv("ROOFHOUSE_THREADS", "3")
    check_refused(build(data, "--ray", cluster.address), "has 3 CPUs and 1,500,000,000 bytes")


def test_a_dagster_run_stages_on_the_cluster_of_its_configuration(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    configuration = {
        "data": str(data),
        "ray": cluster.address,
        "shared": f"file://{tmp_path}/shared",
    }
    job = build_defs({"warehouse": WarehouseResource.configure_at_launch()}).resolve_job_def(
        "build_warehouse"
    )
    before = signal.getsignal(signal.SIGTERM)
    with dg.DagsterInstance.ephemeral() as instance:
        run = job.execute_in_process(
            instance=instance,
            run_config={
                "resources": {"warehouse": {"config": configuration}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    assert run.success
    assert signal.getsignal(signal.SIGTERM) is before
    staged = tmp_path / "shared" / "staging" / stage.version()
    assert len(list(staged.glob("*/snapshot.json"))) == 4
    check_same(local, data)


def test_a_node_with_another_version_is_named(local: Path) -> None:
    found = settings.load(local)
    (file, *_) = snapshot.find(found.raw)
    told = spread.task(file, found, {**spread.versions(), "duckdb": "1.9.9"})
    assert told is not None
    assert f"Ray node {socket.gethostname()} has duckdb " in told
    assert "the machine that builds has 1.9.9" in told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as opened:
        return opened.connect_ex(("127.0.0.1", port)) == 0


def wait_until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until
        time.sleep(0.005)
