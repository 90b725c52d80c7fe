"""What goes in and comes out of the management API: Harbor's shapes, field for field, and our own.

Requests pass unknown fields over, as Harbor does, except those of our own resources. Fields that a client may leave
out or send as null have None as their default.
"""
