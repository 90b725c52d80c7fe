"""The only bridge between asynchronous bodies and synchronous rooms."""

from pratique.http.streams.body import Body, Pace
from pratique.http.streams.receiving import receive_into
from pratique.http.streams.sending import CHUNK, Sender, abort

__all__ = ["CHUNK", "Body", "Pace", "Sender", "abort", "receive_into"]
