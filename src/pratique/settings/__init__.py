"""Settings: what boots a process, as one tree of frozen structs.

Defaults < TOML file < `PRATIQUE_SECTION__KEY` < `PRATIQUE_SECTION__KEY_FILE` (secrets only) < options of the
command line. What an administrator changes at run time lives in the database and is audited; it is not here.
"""

from pratique.settings.loading import SettingsInvalid, load
from pratique.settings.rendering import reference_markdown, show
from pratique.settings.sections import (
    DatabaseSettings,
    GateSettings,
    LimitSettings,
    LogSettings,
    ProjectSettings,
    RegistrySettings,
    ServerSettings,
    Settings,
    StorageSettings,
    ThreadSettings,
    WarmSettings,
    WorkerSettings,
)
from pratique.settings.values import Secret

__all__ = [
    "DatabaseSettings",
    "GateSettings",
    "LimitSettings",
    "LogSettings",
    "ProjectSettings",
    "RegistrySettings",
    "Secret",
    "ServerSettings",
    "Settings",
    "SettingsInvalid",
    "StorageSettings",
    "ThreadSettings",
    "WarmSettings",
    "WorkerSettings",
    "load",
    "reference_markdown",
    "show",
]
