"""Several sources in one warehouse: each has its own history, limits and ids."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.contracts import contracts, table_of
from pipelines.contracts.render import full_name
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, sources
from pipelines.ingest.cluster import distribute
from pipelines.transform import check_files, fingerprint
from pipelines.warehouse import Warehouse
from tests import feeds, result_sources
from tests.conftest import warehouse_of

TABLES = {
    name: full_name(one) for name, one in contracts().items() if not table_of(one).at_publication
}


def again() -> feeds.Feed:
    """The shipped feed as published a month later."""
    return {**feeds.shipped(), "generated": "2026-05-29T10:37:47.493Z"}


def everything(db: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    return {name: db.rows(f"from {full} order by all") for name, full in TABLES.items()}


def count(db: Warehouse, what: str) -> int:
    ((found,),) = db.rows(f"select count(*) from {what}")
    return int(found)


def test_two_publishers_do_not_touch_each_others_history(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped(), "cases-2026-04-29T103747Z.json")
    with warehouse_of(tmp_path) as db:
        alone = {name: db.rows(f"from {TABLES[name]} order by all") for name in ("fact_case",)}
    result_sources.mlperf(tmp_path, 493)
    with warehouse_of(tmp_path) as db:
        assert db.rows("select source_id, count(*) from fact_case group by 1 order by 1") == [
            ("evokernel", 22),
            ("mlperf", 493),
        ]
        of_the_feed = db.rows("from fact_case where source_id = 'evokernel' order by all")
        assert of_the_feed == alone["fact_case"]
        check_nothing_happened(db)
    feeds.write(tmp_path, again(), "cases-2026-05-29T103747Z.json")
    with warehouse_of(tmp_path) as db:
        assert count(db, "fact_case") == 22 + 493
        check_nothing_happened(db)


def check_nothing_happened(db: Warehouse) -> None:
    """No case is retired or revised, no specification changed, and nothing drifted."""
    assert count(db, "fact_case where is_retired") == 0
    assert count(db, "fact_case_history where revision > 1") == 0
    assert count(db, "marts.mart_spec_change") == 0
    assert count(db, "marts.mart_case_change") == 0
    assert count(db, "quality.drift where drift_type <> 'unknown_field'") == 0
    assert (
        count(
            db,
            "quality.drift as d join quality.snapshot as s using (snapshot_id) "
            "where s.source_id = 'evokernel'",
        )
        == 0
    )


def three_sources(data: Path) -> list[Path]:
    """Files of three sources: two snapshots each of a feed and an export, and five runs."""
    second = again()
    second["items"] = second["items"][1:]
    second["count"] = 21
    lab = result_sources.lab(data)
    return [
        result_sources.feed(data, feeds.shipped(), "cases-2026-04-29T103747Z.json"),
        result_sources.export(data, "2026-05-01T000000Z", 16, 32, 64),
        result_sources.write(lab / "a.json", result_sources.vllm_run(1)),
        result_sources.write(lab / "b.json", result_sources.vllm_run(2, day=20)),
        result_sources.feed(data, second, "cases-2026-05-29T103747Z.json"),
        result_sources.export(data, "2026-06-01T000000Z", 16, 32),
        result_sources.write(
            lab / "c.json", [result_sources.vllm_run(n, throughput=2_100.0) for n in (3, 3, 4)]
        ),
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all files of three sources."""
    data = tmp_path_factory.mktemp("whole")
    three_sources(data)
    return data


@pytest.fixture(scope="module")
def at_once(whole: Path) -> tuple[dict[str, list[tuple[object, ...]]], str]:
    """All tables built from all files at once, and the id of the build."""
    with warehouse_of(whole) as db:
        return everything(db), fingerprint.build_id(db, settings.load(whole))


def test_the_newest_snapshot_retires_within_its_source_only(
    at_once: tuple[dict[str, list[tuple[object, ...]]], str], whole: Path
) -> None:
    with warehouse_of(whole) as db:
        rows = db.rows(
            "select source_id, count(*), count(*) filter (where is_retired) "
            "from fact_case group by 1 order by 1"
        )
        assert rows == [("evokernel", 22, 1), ("export", 3, 1), ("my-lab", 4, 0)]
        assert count(db, "marts.mart_case_metrics") == 21 + 2 + 4


@pytest.mark.parametrize("order", [(4, 2, 5, 0, 6, 3, 1), (6, 5, 3, 4, 2, 0, 1)])
def test_any_order_of_arrival_gives_the_same_tables(
    order: tuple[int, ...],
    at_once: tuple[dict[str, list[tuple[object, ...]]], str],
    tmp_path: Path,
) -> None:
    files = three_sources(tmp_path)
    waiting = {}
    for number, file in enumerate(files):
        waiting[number] = tmp_path / "waiting" / str(number)
        waiting[number].parent.mkdir(exist_ok=True)
        shutil.move(file, waiting[number])
    portions = [order[:2], order[2:5], (*order[5:], *set(range(7)).difference(order))]
    for portion in portions:
        for number in portion:
            shutil.move(waiting[number], files[number])
        with warehouse_of(tmp_path) as db:
            found, build_id = everything(db), fingerprint.build_id(db, settings.load(tmp_path))
    tables, expected_id = at_once
    for name, rows in tables.items():
        assert found[name] == rows, name
    assert build_id == expected_id


def test_a_repeat_is_a_run_of_its_own_and_a_copy_is_none(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    run = result_sources.vllm_run(1)
    result_sources.write(lab / "a.json", run)
    (lab / "same bytes.json").write_bytes((lab / "a.json").read_bytes())
    result_sources.write(lab / "b.json", [run, result_sources.vllm_run(1, throughput=2_001.0)])
    with warehouse_of(tmp_path) as db:
        ids = [row[0] for row in db.rows("select case_id from fact_case order by 1")]
        stems = {one.rpartition(".")[0] for one in ids}
        assert len(ids) == 2
        assert len(stems) == 1
        assert all(one.startswith("my-lab.llama-3.1-8b-h100-sxm5-8-") for one in ids)
        keys = db.rows("select count(distinct configuration_key) from fact_case")
        assert keys == [(1,)]


def test_a_withdrawn_run_is_retired(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.write(lab / "a.json", [result_sources.vllm_run(n) for n in (1, 2)])
    with warehouse_of(tmp_path) as db:
        first, second = (row[0] for row in db.rows("select case_id from fact_case order by 1"))
    result_sources.source(
        tmp_path, "my-lab", mode="append", withdrawn=[first.removeprefix("my-lab.")]
    )
    with warehouse_of(tmp_path) as db:
        rows = db.rows("select case_id, is_retired from fact_case order by 1")
        assert rows == [(first, True), (second, False)]
        assert db.rows("select case_id from marts.mart_case_metrics") == [(second,)]


def test_two_sources_with_one_bare_id_are_an_error_that_names_both(tmp_path: Path) -> None:
    result_sources.feed(tmp_path, feeds.feed(feeds.case()), "cases-2026-04-29T103747Z.json")
    other = result_sources.source(
        tmp_path, "other", mode="snapshot", format="evokernel", qualify_ids=False
    )
    result_sources.write(other / "cases-2026-04-30T103747Z.json", feeds.feed(feeds.case()))
    told = r"case-llama33-a100x8-vllm-001.*evokernel.*other"
    with pytest.raises(RoofhouseError, match=told), warehouse_of(tmp_path):
        pass
    result_sources.source(tmp_path, "other", mode="snapshot", format="evokernel")
    with warehouse_of(tmp_path) as db:
        ids = db.rows("select case_id from fact_case order by 1")
        assert ids == [("case-llama33-a100x8-vllm-001",), ("other.case-llama33-a100x8-vllm-001",)]
        versions = db.rows(
            "select source_id, is_current, is_latest from dim_hardware order by source_id"
        )
        assert versions == [("evokernel", True, True), ("other", True, False)]


def test_skipped_and_refused_records_are_counted_apart(tmp_path: Path) -> None:
    folder = result_sources.mlperf(tmp_path, 2)
    rows = [result_sources.mlperf_row(n) for n in range(4)]
    rows[1]["inferred"] = 1
    rows[2]["weight_data_types"] = "UNSET"
    result_sources.source(tmp_path, "mlperf", mode="append", max_reject_share=0.5)
    result_sources.write(folder / "summary_results.json", rows)
    with warehouse_of(tmp_path) as db:
        assert db.rows("select item_count, case_count, reject_count from quality.snapshot") == [
            (3, 2, 1)
        ]
        assert db.rows("select sum(record_count) from quality.skipped") == [(1,)]
        ((position, reason),) = db.rows("select item_position, reason from quality.reject")
        assert "UNSET" in reason
        assert position == 1


def test_a_sidecar_that_changes_changes_the_cases(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.write(lab / "a.json", result_sources.vllm_run(1))
    with warehouse_of(tmp_path) as db:
        assert db.rows("select card_count from fact_case") == [(8,)]
    (lab / "a.sidecar.yml").write_text("cards: 4\nparallel: {tp: 4}\n")
    with warehouse_of(tmp_path) as db:
        assert db.rows("select card_count, tensor_parallel from fact_case") == [(4, 4)]


def test_a_model_may_be_described_by_a_config_beside_the_sidecar(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.write(lab / "a.json", result_sources.vllm_run(1))
    config = {
        "num_hidden_layers": 2,
        "hidden_size": 1_024,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "vocab_size": 1_000,
        "intermediate_size": 4_096,
        "tie_word_embeddings": True,
    }
    result_sources.write(lab / "tiny.config.json", config)
    (lab / "a.sidecar.yml").write_text("model_config: tiny.config.json\n")
    with warehouse_of(tmp_path) as db:
        ((model_id, layers),) = db.rows(
            "select model_id, layers from fact_case join dim_model using (model_key, model_id)"
        )
        assert (model_id, layers) == ("tiny", 2)
    result_sources.write(lab / "tiny.config.json", {**config, "num_hidden_layers": 3})
    with warehouse_of(tmp_path) as db:
        assert db.rows("select distinct layers from dim_model") == [(3,)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mode: append\nlicence: CC0-1.0\n", "no key `licence`; did you mean license?"),
        ("license: CC0-1.0\n", "`mode` is missing; it is snapshot or append"),
        ("mode: weekly\n", "mode: Input should be 'snapshot' or 'append'"),
        ("id: My Lab\nmode: append\n", "id: String should match pattern"),
        ("- a\n", "expected `key: value` lines"),
        ("mode: [\n", "not YAML"),
        (None, "is missing; write in it what the files beside it are"),
    ],
)
def test_a_wrong_source_yml_is_a_problem_of_its_source_alone(
    tmp_path: Path, text: str | None, told: str
) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.write(lab / "a.json", result_sources.vllm_run(1))
    feeds.write(tmp_path, feeds.feed(feeds.case()))
    if text is None:
        (lab / "SOURCE.yml").unlink()
    else:
        (lab / "SOURCE.yml").write_text(text)
    by_id = {one.source.id: one for one in sources.discover(tmp_path / "raw")}
    assert by_id.keys() == {"evokernel", "my-lab"}
    assert told in str(by_id["my-lab"].problem)
    assert by_id["evokernel"].problem is None
    with warehouse_of(tmp_path) as db:
        assert db.rows("select count(*) from fact_case") == [(1,)]
        rows = db.rows("select source_id, problem is null from dim_source order by 1")
        assert rows == [("evokernel", True), ("my-lab", False)]


def test_many_small_files_are_staged_in_one_folder_and_a_new_one_in_its_own(
    tmp_path: Path,
) -> None:
    lab = result_sources.lab(tmp_path)
    for number in range(200):
        result_sources.write(lab / f"{number:03}.json", result_sources.vllm_run(number))
    staging = settings.load(tmp_path).staging
    with warehouse_of(tmp_path, only=["fact_case"]) as db:
        assert count(db, "fact_case") == 200
    (first,) = staging.iterdir()
    result_sources.write(lab / "more.json", result_sources.vllm_run(1_000))
    with warehouse_of(tmp_path, only=["fact_case"]) as db:
        assert count(db, "fact_case") == 201
    assert len(list(staging.iterdir())) == 2
    assert first in staging.iterdir()


def test_of_many_small_folders_one_is_made(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    staging = settings.load(tmp_path).staging
    for number in range(27):
        result_sources.write(lab / f"{number:03}.json", result_sources.vllm_run(number))
        found = snapshot.find(tmp_path / "raw")
        staged = distribute.stage_files(found, settings.load(tmp_path)).staged
        assert len({one.key for one in staged}) == number + 1
    assert len(list(staging.iterdir())) < 10


def test_files_of_different_kinds_are_told_apart_in_a_source_that_says_auto(
    tmp_path: Path,
) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.write(lab / "vllm.json", result_sources.vllm_run(1))
    result_sources.write(lab / "inferencex.json", [result_sources.export_row(16)])
    result_sources.write(lab / "mlperf.json", [result_sources.mlperf_row(1)])
    (lab / "README.md").write_text("no result")
    with warehouse_of(tmp_path, only=["fact_case"]) as db:
        rows = db.rows("select source_file, source_format from fact_case order by 1")
    assert rows == [
        ("inferencex.json", "inferencex"),
        ("mlperf.json", "mlperf-summary"),
        ("vllm.json", "vllm-bench"),
    ]


def test_a_file_of_no_known_format_is_one_reject_with_its_name(tmp_path: Path) -> None:
    lab = result_sources.lab(tmp_path)
    result_sources.source(tmp_path, "my-lab", mode="append", max_reject_share=1)
    result_sources.write(lab / "vllm.json", result_sources.vllm_run(1))
    result_sources.write(lab / "other.json", {"tokens": 5})
    with warehouse_of(tmp_path, only=["reject", "snapshot"]) as db:
        ((name, reason),) = db.rows(
            "select file_name, reason from quality.reject join quality.snapshot using (snapshot_id)"
        )
    assert name == "other.json"
    assert reason.startswith("other.json: no record of a known format")


def test_an_address_is_published_without_its_password(tmp_path: Path) -> None:
    folder = result_sources.source(
        tmp_path, "lab", mode="append", url="https://me:secret@lab.example/a@b?c=d"
    )
    result_sources.write(folder / "rows.json", [result_sources.mlperf_row(1)])
    with warehouse_of(tmp_path) as db:
        assert db.rows("select url from main.dim_source") == [("https://lab.example/a@b?c=d",)]


@pytest.mark.parametrize(
    ("license", "found"),
    [("cc-by-sa-4.0 ", []), ("MIT", [("evokernel", "CC-BY-SA-4.0", "MIT")]), (None, [])],
)
def test_a_feed_and_its_source_yml_state_one_licence(
    tmp_path: Path, license: str | None, found: list[tuple[str, str, str]]
) -> None:
    said = {"license": license} if license else {}
    folder = result_sources.source(
        tmp_path, "evokernel", mode="snapshot", format="evokernel", qualify_ids=False, **said
    )
    result_sources.write(folder / "cases.json", feeds.shipped())
    (check,) = [one for one in check_files.load() if one.name == "licences_agree"]
    with warehouse_of(tmp_path) as db:
        assert [(row[0], row[2], row[3]) for row in db.rows(check.query)] == found
