"""The nouns of the OCI image and distribution specifications, strictly parsed from untrusted bytes.

Pure: no I/O, and nothing of the house but its errors. Import the modules: `digest`, `names`, `references`,
`media`, `descriptor`, `manifest`, `evidence_shape`, `referrers`, `ranges`, `strict_json`.
"""
