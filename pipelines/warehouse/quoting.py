"""SQL literals. This is the only way in which text becomes part of a statement."""


def quote(text: object) -> str:
    """Return a text as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
