"""Transparency logs: trusted roots, entries, inclusion proofs, checkpoints and signed entry timestamps."""
