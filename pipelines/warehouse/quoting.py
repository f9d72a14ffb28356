"""SQL literals: the only way in which a text becomes part of a statement."""


def quote(text: object) -> str:
    """Return a text as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
