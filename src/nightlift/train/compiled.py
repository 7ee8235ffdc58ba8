"""An objective's terms as compiled graphs, where this machine can compile them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from nightlift.learned import Batch, Objective


class CompiledTerms:
    """`objective.all_terms`, compiled when first called for; uncompiled from where that fails.

    `notice` is told in a sentence when it does. Values agree with uncompiled ones up to rounding.
    """

    def __init__(self, objective: Objective, notice: Callable[[str], None]) -> None:
        self._plain = objective.all_terms
        self._notice = notice
        self._graphs: Any = None
        self._compiles = True

    def __call__(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The terms, as `Objective.all_terms` gives them."""
        if self._compiles:
            try:
                self._graphs = self._graphs or torch.compile(self._plain)
                found: Mapping[str, Tensor] = self._graphs(batch, group)
                return found
            except torch.OutOfMemoryError:
                raise
            except Exception as error:  # whatever it is: uncompiled, a true one comes again
                self._compiles = False
                first = str(error).strip().partition("\n")[0] or type(error).__name__
                self._notice(f"the graphs cannot be compiled, training goes on without: {first}")
        return self._plain(batch, group)
