"""docs/settings.md: every setting with its meaning, type, default, variable and option.

`python -m pipelines.metadata.settings_page` writes it.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from pipelines import settings
from pipelines.settings import ENV_PREFIX, FILE_NAME, PACKAGE, ROOT, Settings

PATH = ROOT / "docs" / "settings.md"

_HEAD = f"""\
# Settings

Every setting has a default. Settings are read from these places; the first one wins:

1. an option of the command, if the table names one,
2. the environment variable `{ENV_PREFIX}<NAME>`,
3. the file `{FILE_NAME}` in the data folder, with `name: value` lines.

```yaml
# data/{FILE_NAME}
max_reject_share: 0.05
memory_limit: 4GB
```

A suffix is a unit: `_s` is seconds, `_days` days, `_bytes` bytes. A value that does not fit its
type, or an unknown name in the file, stops the command with one line that names the file, the
variable or the option.

This file is generated from [pipelines/settings.py](../pipelines/settings.py): `make docs` writes
it, `make test` checks that it is current.

| setting | meaning | type | default | environment variable, option |
|---|---|---|---|---|
"""

#: The patterns in pipelines/settings.py, in words.
_PATTERNS = {
    "ray": "`HOST:PORT`, or empty",
    "shared": "URL, or empty",
    "feed_url": "http or https URL",
    "alert_url": "http or https URL, or empty",
    "alert_format": "`auto`, `generic` or `slack`",
    "alert_severity": "`info`, `warn` or `error`",
    "owner": "e-mail address, or `team:NAME`",
}

_TYPES = {"string": "text", "integer": "integer", "number": "number"}

_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def settings_page() -> str:
    """Return the text of docs/settings.md."""
    schema = Settings.model_json_schema()["properties"]
    return _HEAD + "".join(_row(name, about) for name, about in schema.items())


def _row(name: str, about: dict[str, Any]) -> str:
    options = inspect.signature(settings.load).parameters
    given = f"`{ENV_PREFIX}{name.upper()}`" + (f", `--{name}`" if name in options else "")
    cells = (f"`{name}`", about["description"], _type(name, about), _default(name), given)
    return f"| {' | '.join(cells)} |\n"


def _type(name: str, about: dict[str, Any]) -> str:
    """Return the type in words, with its bounds.

    Raises KeyError for a pattern that has no words here yet.
    """
    if about.get("format") == "path":
        return "path"
    if "pattern" in about:
        return _PATTERNS[name]
    bounds = [f"{sign} {about[key]:_}" for key, sign in _BOUNDS.items() if key in about]
    return ", ".join([_TYPES[about["type"]], *bounds])


def _default(name: str) -> str:
    value = Settings.model_fields[name].default
    if name == "data":
        return "`data` in the checkout; for an installed package, `data` in the working directory"
    if isinstance(value, Path):
        return f"`{PACKAGE.name}/{value.relative_to(PACKAGE).as_posix()}`"
    if isinstance(value, str):
        return f"`{value}`" if value else "empty"
    return f"`{value:_}`"


if __name__ == "__main__":
    PATH.write_text(settings_page(), encoding="utf-8")
