"""SQL literals. A text becomes part of a statement in no other way."""


def quote(text: object) -> str:
    """Return a text as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
