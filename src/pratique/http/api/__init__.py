"""The management API: Harbor's API v2.0, and our own resources in the same manner.

Operations are data (`table.OPERATIONS`): router and OpenAPI document are made of them. A resource's module holds what
its operations do, inside one transaction each; rights are decided by the operation's rule within it.
"""

from pratique.http.api.application import ManagementApi
from pratique.http.api.operations import Operation
from pratique.http.api.rooms import ApiRooms, ApiSettings
from pratique.http.api.table import OPERATIONS

__all__ = ["OPERATIONS", "ApiRooms", "ApiSettings", "ManagementApi", "Operation"]
