"""Staging on a real Ray cluster of two nodes: the same bytes, also where workers are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import pytest
from pyarrow import fs

from benchmarks import generate
from pipelines import settings
from pipelines.definitions import build_defs
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, staging
from pipelines.ingest.cluster import distribute
from pipelines.ingest.cluster.object_store import Shared
from tests import feeds
from tests.command import roofhouse
from tests.reliability import child, nodes, state
from tests.reliability.nodes import Nodes

BIG = "cases-2026-05-02T000000Z.ndjson"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with nodes.running(tmp_path_factory.mktemp("nodes") / "hidden") as found:
        yield found


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of four snapshots that this machine built alone.

    Each is staged by itself, as a node does; files that are staged here go together if small.
    """
    data = tmp_path_factory.mktemp("local") / "data"
    feeds.write(data, feeds.shipped(), "cases-0.json")
    feeds.write(data, state.later(), "cases-1.json")
    generate.write(100, data / "raw" / "cases-2026-05-03T000000Z.ndjson", seed=1)
    generate.write(3000, data / "raw" / BIG)
    for file in snapshot.find(data / "raw"):
        staging.stage(file, settings.load(data))
    assert build(data) == (0, "")
    return data


def configure(data: Path, **settings: str) -> None:
    """Write `roofhouse.yml`."""
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in settings.items()]
    (data / "roofhouse.yml").write_text("".join(lines) or "{}\n")


def build(data: Path, **settings: str) -> tuple[int | None, str]:
    """Build with these settings; return the exit code, and the message if it is 1."""
    configure(data, **settings)
    return child.run_and_listen(child.steps, data)


def with_raw_of(local: Path, data: Path) -> Path:
    """A data folder with the same raw files, in which nothing is built yet."""
    shutil.copytree(local / "raw", data / "raw")
    return data


def content(data: Path) -> dict[str, object]:
    """The files of a build with their bytes; neither those of a DuckDB file nor the time."""
    found: dict[str, object] = {**staged_content(data)}
    for path in (data / "marts").iterdir():
        found[f"marts/{path.name}"] = path.read_bytes()
    described = json.loads((data / "marts" / "manifest.json").read_text())
    del described["published_at"]
    for entry in described["files"]:
        if entry["file"] == "warehouse.duckdb":
            del entry["bytes"], entry["sha256"]
    found["marts/manifest.json"] = described
    return found


def staged_content(data: Path) -> dict[str, bytes]:
    paths = (data / "build" / "staging").rglob("*")
    return {str(path.relative_to(data)): path.read_bytes() for path in paths if path.is_file()}


def check_same(local: Path, data: Path) -> None:
    expected, found = content(local), content(data)
    assert sum(name.startswith("build/staging/") for name in found) == 4 * 20
    assert {name for name in expected if expected[name] != found.get(name)} == set()
    assert found.keys() == expected.keys()


def check_refused(done: tuple[int | None, str], words: str) -> str:
    """Exit code 1 and one line with these words, which is returned."""
    code, told = done
    assert code == 1
    assert words in told
    assert len(told.splitlines()) == 1
    return told


def test_a_build_on_two_nodes_has_the_bytes_of_a_local_one_and_ray_is_not_heard(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    built = roofhouse(data, "build", "--ray", cluster.address)
    assert built.returncode == 0, built.stderr
    check_same(local, data)
    alone = roofhouse(with_raw_of(local, tmp_path / "alone" / "data"), "build")
    assert without_steps(built.stderr) == without_steps(alone.stderr)


def without_steps(told: str) -> list[str]:
    """The lines of a build's stderr that do not name a step and its duration."""
    return [line for line in told.splitlines() if not line.endswith(" rows")]


def workers(data: Path) -> dict[int, Path]:
    """The processes that are staging the big file, and the folder each of them works in."""
    sha256 = snapshot.sha256_of(data / "raw" / BIG)
    found = (data / "build" / "staging").glob(f".{sha256}.*.tmp/stage.duckdb")
    return {int(path.parent.name.split("-")[-2]): path.parent for path in found}


def test_a_worker_killed_while_it_stages_changes_nothing(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    configure(data, ray=cluster.address)
    process = child.start(child.steps, data)
    wait_until(lambda: bool(workers(data)))
    ((first, folder),) = workers(data).items()
    assert b"ray::" in Path(f"/proc/{first}/cmdline").read_bytes()
    os.kill(first, signal.SIGKILL)
    assert folder.is_dir()
    wait_until(lambda: len(workers(data)) == 2)
    process.join(120)
    assert process.exitcode == 0
    assert not list((data / "build" / "staging").glob(".*"))
    check_same(local, data)


def test_a_worker_that_is_killed_at_every_attempt_ends_the_build_in_one_line(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    configure(data, ray=cluster.address)
    heard, said = child.context().Pipe(duplex=False)
    process = child.start(child.steps, data, said)
    killed: set[int] = set()
    while process.is_alive():
        for worker in workers(data).keys() - killed:
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
        time.sleep(0.01)
    told = heard.recv() if heard.poll() else ""
    check_refused((process.exitcode, told), f"{data / 'raw' / BIG}: Ray could not stage it")
    assert len(killed) == 4
    assert not list((data / "build" / "staging").glob(".*"))


def test_the_loss_of_the_only_node_that_is_large_enough_ends_the_build_in_one_line(
    local: Path, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    with nodes.running(tmp_path / "hidden", cpus=(0, 2)) as small:
        configure(data, ray=small.address)
        heard, said = child.context().Pipe(duplex=False)
        process = child.start(child.steps, data, said)
        wait_until(lambda: bool(workers(data)))
        (worker,) = workers(data)
        os.kill(worker, signal.SIGSTOP)  # a node takes longer to be lost than a file to be staged
        small.lose_the_last()
        process.join(120)
        with suppress(ProcessLookupError):  # Ray has ended it
            os.kill(worker, signal.SIGKILL)
        told = heard.recv() if heard.poll() else ""
    check_refused((process.exitcode, told), "no node of the Ray cluster has 2 CPUs")


def test_nodes_that_do_not_see_the_data_folder_stage_through_an_object_store(
    local: Path, cluster: Nodes
) -> None:
    data = with_raw_of(local, cluster.hidden / "data")
    told = check_refused(build(data, ray=cluster.address), "does not see it")
    assert str(data / "raw" / "cases-0.json") in told
    assert "--shared" in told
    with object_store() as url:
        assert build(data, ray=cluster.address, shared=url) == (0, "")
        check_same(local, data)
        store, path = fs.FileSystem.from_uri(url)
        before = listing(store, path)
        assert sum(name.endswith("snapshot.json") for name in before) == 4
        # What one machine had staged, another has without the cluster.
        shutil.rmtree(data / "build")
        files = snapshot.find(data / "raw")
        distribute.stage_files(files, settings.load(data, ray="127.0.0.1:1", shared=url))
        assert staged_content(data) == staged_content(local)
        assert listing(store, path) == before
        shutil.rmtree(data / "build")
        wrong = url.replace("@bucket", "@no-such-bucket")
        told = check_refused(build(data, ray=cluster.address, shared=wrong), "no-such-bucket")
        assert "secret" not in told


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
            where = f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"
            url = f"s3://tests:secret@bucket?{where}&allow_bucket_creation=true"
            fs.FileSystem.from_uri(url)[0].create_dir("bucket")
            yield f"s3://tests:secret@bucket/roofhouse?{where}"
        finally:
            process.kill()


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_file_that_is_no_feed_is_told_as_by_a_local_build(
    cluster: Nodes, tmp_path: Path, is_shared: bool
) -> None:
    data = tmp_path / "data"
    feeds.write(data, feeds.shipped(), "cases-0.json")
    feeds.write(data, {**feeds.shipped(), "count": 21}, "cases-1.json")
    feeds.write(data, {**feeds.shipped(), "items": []}, "cases-2.json")
    shared = f"file://{tmp_path}/shared" if is_shared else ""
    told = build(data, ray=cluster.address, shared=shared)
    assert build(data) == told
    check_refused(told, f"{data / 'raw' / 'cases-1.json'}: field `count` is 21")


def test_an_address_where_no_cluster_answers_is_told_in_one_line(
    local: Path, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    address = f"127.0.0.1:{free_port()}"
    done = roofhouse(data, "build", "--ray", address)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        f"roofhouse: {address}: no Ray cluster answers there: "
    )
    assert "Traceback" not in done.stderr
    done = roofhouse(data, "build", "--ray", "somewhere")
    assert done.returncode == 1
    assert done.stderr.startswith("roofhouse: option --ray: ray: String should match")
    assert not (data / "marts").exists()


def test_what_answers_but_is_no_cluster_is_told_in_one_line(local: Path, tmp_path: Path) -> None:
    data = with_raw_of(local, tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            other, _ = server.accept()
            other.recv(64)
            other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            other.close()

        threading.Thread(target=answer).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        check_refused(
            build(data, ray=address), f"{address}: what answers there is not a Ray cluster"
        )


def test_a_task_that_no_node_is_large_enough_for_is_refused(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    told = build(data, ray=cluster.address, threads="3")
    limit = settings.Settings().memory_limit
    assert limit.endswith("MB")
    asked = f"{1_500_000 * int(limit.removesuffix('MB')):,}"
    check_refused(told, f"no node of the Ray cluster has 3 CPUs and {asked} bytes")


def test_a_dagster_run_stages_on_the_cluster_of_its_configuration(
    local: Path, cluster: Nodes, tmp_path: Path
) -> None:
    data = with_raw_of(local, tmp_path / "data")
    configuration = {
        "data": str(data),
        "ray": cluster.address,
        "shared": f"file://{tmp_path}/shared",
    }
    before = signal.getsignal(signal.SIGTERM)
    with dg.DagsterInstance.ephemeral() as instance:
        run = (
            build_defs()
            .resolve_job_def("build_warehouse")
            .execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(["raw_snapshots"]), dg.AssetKey(["staged_snapshots"])],
                run_config={
                    "resources": {"warehouse": {"config": configuration}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
        )
    assert run.success
    # Ray's own handler is not left behind; Dagster gives SIGTERM that of SIGINT.
    assert signal.getsignal(signal.SIGTERM) in (before, signal.getsignal(signal.SIGINT))
    staged = tmp_path / "shared" / "staging" / staging.version(settings.load(data))
    assert len(list(staged.glob("*/snapshot.json"))) == 4
    assert staged_content(data) == staged_content(local)


def test_a_node_with_another_version_is_named(local: Path) -> None:
    found = settings.load(local)
    (file, *_) = snapshot.find(found.raw)
    told = distribute.task(file, found, {**staging.versions(), "duckdb": "1.9.9"})
    assert told is not None
    assert f"Ray node {socket.gethostname()} has duckdb " in told
    assert "the machine that builds has 1.9.9" in told


def test_a_wrong_url_is_told_without_the_secret_in_it() -> None:
    with pytest.raises(RoofhouseError) as raised:
        Shared(settings.load(shared="bogus://key:secret@bucket/prefix"))
    assert "shared storage bogus://bucket/prefix: Unrecognized filesystem" in str(raised.value)
    assert "secret" not in str(raised.value)


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
