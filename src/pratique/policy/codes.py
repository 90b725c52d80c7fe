"""The codes that a reason or a signature can carry: stable words for scripts, beside messages for people."""

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """One word per way in which a rule can end, or bytes that claim to be a signature can be judged."""

    # --- a rule is satisfied
    EMPTY_POLICY = "EMPTY_POLICY"
    SIGNED = "SIGNED"
    EXEMPT = "EXEMPT"
    NO_VULNERABILITIES = "NO_VULNERABILITIES"
    WAIVED = "WAIVED"

    # --- what verification found out about one piece of evidence
    VERIFIED = "VERIFIED"
    SIGNATURE_NOT_TRUSTED = "SIGNATURE_NOT_TRUSTED"
    SIGNATURE_WRONG_SUBJECT = "SIGNATURE_WRONG_SUBJECT"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SIGNATURE_MALFORMED = "SIGNATURE_MALFORMED"
    NOT_A_SIGNATURE = "NOT_A_SIGNATURE"
    UNSIGNED = "UNSIGNED"
    IDENTITY_NOT_CONFIGURED = "IDENTITY_NOT_CONFIGURED"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    CHAIN_INVALID = "CHAIN_INVALID"
    LOG_ENTRY_INVALID = "LOG_ENTRY_INVALID"
    TIMESTAMP_INVALID = "TIMESTAMP_INVALID"
    SIGNATURE_EXPIRED = "SIGNATURE_EXPIRED"
    REVOKED = "REVOKED"
    REVOCATION_UNAVAILABLE = "REVOCATION_UNAVAILABLE"
    DENIED = "DENIED"

    # --- the signature is good, and may not count here and now
    KEY_OUT_OF_REACH = "KEY_OUT_OF_REACH"
    KEY_NOT_YET_VALID = "KEY_NOT_YET_VALID"
    KEY_EXPIRED = "KEY_EXPIRED"
    PURPOSE_MISMATCH = "PURPOSE_MISMATCH"

    # --- what is inside
    VULNERABLE = "VULNERABLE"
    COULD_NOT_BE_EXAMINED = "COULD_NOT_BE_EXAMINED"

    # --- an index, through what it contains
    CHILD_REFUSED = "CHILD_REFUSED"
    CHILD_PENDING = "CHILD_PENDING"
    PARENT_PENDING = "PARENT_PENDING"

    # --- there is nothing to look at
    SIGNATURE_MISSING = "SIGNATURE_MISSING"
    NO_TRUSTED_KEYS = "NO_TRUSTED_KEYS"
    NOT_EXAMINED = "NOT_EXAMINED"
    SUBJECT_MISSING = "SUBJECT_MISSING"

    # --- a blob, through what names it
    BLOB_HELD_BACK = "BLOB_HELD_BACK"
    BLOB_UNNAMED = "BLOB_UNNAMED"

    # --- the judge itself
    ADMISSION_LAPSED = "ADMISSION_LAPSED"
    RULE_ERROR = "RULE_ERROR"


NEAREST_FIRST: Final = (
    Code.KEY_NOT_YET_VALID,
    Code.KEY_EXPIRED,
    Code.NOT_EXAMINED,
    Code.ADMISSION_LAPSED,
    Code.KEY_OUT_OF_REACH,
    Code.PURPOSE_MISMATCH,
    Code.SIGNATURE_EXPIRED,
    Code.REVOCATION_UNAVAILABLE,
    Code.REVOKED,
    Code.DENIED,
    Code.IDENTITY_MISMATCH,
    Code.SIGNATURE_NOT_TRUSTED,
    Code.TIMESTAMP_INVALID,
    Code.LOG_ENTRY_INVALID,
    Code.CHAIN_INVALID,
    Code.SIGNATURE_WRONG_SUBJECT,
    Code.SIGNATURE_INVALID,
    Code.IDENTITY_NOT_CONFIGURED,
    Code.SIGNATURE_MALFORMED,
    Code.NOT_A_SIGNATURE,
    Code.UNSIGNED,
)
"""How near a signature came to counting: where none counts, people are told of the nearest first."""
