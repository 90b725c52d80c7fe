"""HTTP itself: the protocol class that uvicorn runs, within uvicorn's own extension point (`--http`)."""
