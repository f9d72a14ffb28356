"""The one exception whose text is meant for a user: what is wrong, where, and what to do."""


class RoofhouseError(Exception):
    """A mistake in the input, the configuration or the usage; its message needs no context.

    Commands print it in one line and exit with code 1; a Dagster step turns it
    into a failure with the same words.
    """


#: The message under `python -OO`.
NEEDS_DOCSTRINGS = (
    "Python was told to drop docstrings (-OO, PYTHONOPTIMIZE=2), which describe the tables; "
    "run it without"
)
