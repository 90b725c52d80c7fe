"""Why a timestamp does not count. The message is for people."""


class TimestampInvalid(Exception):
    """A timestamp that an authority we know should have made, and that does not verify."""
