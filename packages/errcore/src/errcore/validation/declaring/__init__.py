# SPDX-License-Identifier: MIT
"""The two front doors, and what they have in common: from what users write to the tree of `shapes`.

`builder` and `field_builder` are the fluent one, `models` and `hints` the one of classes; `assembling` puts constraints on
values, `parts` makes records of records, `foreign` reads constraints of annotated-types and attrs, and `_cattrs` the hooks
of a converter.
"""
