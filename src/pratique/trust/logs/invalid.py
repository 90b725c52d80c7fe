"""Why something that a log is said to have recorded does not count. The messages are for people."""


class LogEntryInvalid(Exception):
    """An entry of a log that is known does not prove that this signature was recorded."""
