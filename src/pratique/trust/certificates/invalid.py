"""Why certificates, or what is embedded in them, do not count. The messages are for people."""


class ChainInvalid(Exception):
    """No path of certificates leads to a trusted one, or none that its rules allow at that moment."""


class SctInvalid(Exception):
    """A certificate timestamp of a log that is known does not verify."""
