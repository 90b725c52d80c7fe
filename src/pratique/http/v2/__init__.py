"""The OCI door: the distribution specification 1.1 and what its main branch adds, over Docker's token protocol."""
