"""Where everything is built, once: stores, rooms, their joints, the processes that serve and work.

`house.build` builds all of it. Nothing is imported here, so that a command which needs one room does not wait for all.
"""
