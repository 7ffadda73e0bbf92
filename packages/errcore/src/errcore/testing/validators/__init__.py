# SPDX-License-Identifier: MIT
"""What a declaration says, turned into test data and laws: see `errcore.testing.validator_laws`.

Everything is derived from the declaration, and nothing is ever asked of the check that is under test:

- what the kit itself knows: `judging` (whether a value satisfies what is declared, written a second time and slowly),
  `examples` (what a constraint takes, and what lies at its border), `text_forms` and `corpora` (the forms of texts)
- documents: `valid`, `broken`, `boundaries`, `anything`
- laws: `law` (what one is), `laws` (all of them), `law_outcomes`, `law_issues`, `law_agreement`, `law_growth`
- `entry`, which Hypothesis calls when it starts; nothing else may be loaded for that
"""

from __future__ import annotations

__all__: list[str] = []
