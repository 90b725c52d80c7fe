"""The doors: `v2` (the OCI protocol), `api` (management), `wire` (HTTP itself).

`async` lives here and nowhere else: rooms are plain functions, run in the bounded pools of `threads`, and bodies pass
through `streams`. A door authenticates (`callers`), asks what a caller may do, translates, and decides nothing else.
"""
