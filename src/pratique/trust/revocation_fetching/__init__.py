"""CRLs and OCSP responses fetched from where certificates name them; never while anything is verified."""

from pratique.trust.revocation_fetching.fetcher import Fetched, NotFetched, RevocationFetcher
from pratique.trust.revocation_fetching.questions import Question, questions_of

__all__ = ["Fetched", "NotFetched", "Question", "RevocationFetcher", "questions_of"]
