"""The tables of the warehouse and all its SQL, one file a subject.

What a reader holds (state, dates, both sides of a tag) stands in the rows he reads first; why it stands there
(reasons, evidence, trust) is admission's and lies in that room's tables.
"""
