"""Contracts are found by their place: a folder per layer, a module per table."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import LAYERS, contracts, table_of
from pipelines.contracts.tables import load
from pipelines.errors import RoofhouseError
from pipelines.settings import SQL_DIR
from pipelines.transform import registry, rules
from pipelines.transform.table import Frame

CONTRACT = """
from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import text
"""


def contract(name: str) -> str:
    return f'''
@table(grain=["name"])
class {name}(Contract):
    """One row per thing."""

    name: str = text("Name of the thing")
'''


SHARED = '''
class Shared(Contract):
    """Columns that two tables share."""

    name: str = text("Name of the thing")
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package of contracts that no other test imports."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / f"contracts_of_{tmp_path.name}"


def write(package: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTRACT + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "at", "says"),
    [
        ({"star/thing.py": ""}, "star/thing.py", ["no table contract", "class Thing", "@table"]),
        ({"star/thing.py": SHARED}, "star/thing.py", ["no table contract", "class Thing"]),
        (
            {"star/big_thing.py": contract("BigThing") + contract("Other")},
            "star/big_thing.py",
            ["several", "(BigThing, Other)", "Keep BigThing", "module"],
        ),
        (
            {"marts/big_thing.py": contract("Other")},
            "marts/big_thing.py",
            ["class Other", "table other", "Rename the class to BigThing", "other.py"],
        ),
        (
            {"mart/thing.py": contract("Thing")},
            "mart/thing.py",
            ["mart is not a layer", "configuration, star, metrics, quality, marts", "LAYERS"],
        ),
        (
            {"star/thing.py": contract("Thing"), "marts/thing.py": contract("Thing")},
            "marts/thing.py",
            ["star/thing.py", "already", "Delete one"],
        ),
    ],
    ids=["none", "only-shared", "several", "other-name", "no-layer", "in-two-layers"],
)
def test_a_module_out_of_place_is_named_with_what_to_do(
    package: Path, files: dict[str, str], at: str, says: list[str]
) -> None:
    write(package, files)
    with pytest.raises(RoofhouseError) as caught:
        load(package.name, package)
    message = str(caught.value)
    assert message.startswith(f"{package / at}: ")
    for words in says:
        assert words in message


def test_layers_follow_the_flow_and_tables_their_names(package: Path) -> None:
    imports = f"from {package.name}.marts.zebra import Zebra"
    write(
        package,
        {
            "marts/ant.py": contract("Ant") + imports,
            "marts/zebra.py": SHARED + contract("Zebra"),
            "quality/mole.py": contract("Mole"),
            "configuration/wasp.py": contract("Wasp"),
            "marts/__init__.py": "",
            "vocabulary_of_theirs.py": "",
        },
    )
    found = load(package.name, package)
    assert list(found) == ["wasp", "mole", "ant", "zebra"]
    assert [one.__name__ for one in found.values()] == ["Wasp", "Mole", "Ant", "Zebra"]


def test_a_table_says_where_it_stands(package: Path) -> None:
    write(package, {"star/thing.py": contract("Thing")})
    found = table_of(load(package.name, package)["thing"])
    assert found.path == package / "star" / "thing.py"
    assert (found.layer, found.schema, found.grain) == ("star", "main", ("name",))
    assert (found.origin, found.by_case, found.at_publication) == (None, False, False)


def test_the_order_is_that_of_the_layers_then_of_the_names() -> None:
    layers = list(LAYERS)
    places = [(layers.index(table_of(one).layer), name) for name, one in contracts().items()]
    assert places == sorted(places)


def test_every_table_has_its_module_and_every_sql_file_its_table() -> None:
    for name, one in contracts().items():
        assert table_of(one).path.stem == name
        assert table_of(one).schema == LAYERS[table_of(one).layer]
    modules = {(table_of(one).layer, name) for name, one in contracts().items()}
    files = {(path.parent.name, path.stem) for path in SQL_DIR.glob("*/*.sql")}
    files = {(layer, name) for layer, name in files if layer in LAYERS}
    assert files <= modules
    without_sql = {name for _, name in modules - files}
    from_files = {n for n, one in registry.tables().items() if isinstance(one.maker, Frame)}
    assert without_sql == from_files | {*rules.FINDINGS, "build", "build_change"}


def test_only_the_build_is_filled_at_publication() -> None:
    assert [name for name, one in contracts().items() if table_of(one).at_publication] == [
        "build",
        "build_change",
    ]
