# SPDX-License-Identifier: MIT
"""The tree as JSON Schema: `json_schema` writes it of `schema_parts`."""
