"""Why a notation signature does not count."""


class NotationInvalid(ValueError):
    """A signature, a chain or a payload that breaks a rule of the Notary Project. The message is for people."""
