"""The resources of the management API, a module for each group; each exports its rows as `OPERATIONS`."""
