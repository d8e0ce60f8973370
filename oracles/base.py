"""Where oracles meet mesa: everything else in this folder is plain arrays and values."""

from typing import Any

import mesa

type Model = mesa.Model[Any, Any]
"""The model that oracles live in, named here so that nobody else imports mesa."""


class Oracle(mesa.Agent[mesa.Model[Any, Any]]):
    """An agent that publishes prices, known to the model by a name.

    Parameters
    ----------
    model : where the agent is registered.
    name : what venues subscribe to.
    """

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(model)
        self.name = name

    def __init_subclass__(cls, **options: object) -> None:
        """Let mesa prepare the class; the call stands here because mesa's is untyped."""
        super().__init_subclass__(**options)  # type: ignore[no-untyped-call]
