"""The revisions. Each names its phase: `expand` or `contract`."""
