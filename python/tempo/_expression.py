"""A plan's expression performed on numbers and arrays: NumPy's, or JAX's, traced ones too.

The operations and their order come from the core (tempo/expression.h). What is here is only what
they are called in Python: an operator, or a function of the module that makes the arrays.
"""

from __future__ import annotations

import operator
from types import ModuleType
from typing import Any, Callable, Mapping, Sequence

from ._tempo import Node

# What is no function of NumPy of the same name.
_OPERATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "lt", "le")
} | {
    "float": lambda x: float(x) if isinstance(x, int) else x,
    "but_first": operator.itemgetter(slice(1, None)),
    "but_last": operator.itemgetter(slice(None, -1)),
    "last": operator.itemgetter(-1),
    "dot": lambda a, b: a.dot(b),
}


class Expression:
    """A function of a number of completed batches, of which it is made of operations on arrays.

    `given` holds better forms of constants, by the paths of the parameters that they are: arrays in
    place of numbers. `functions` are those that a schedule of the program calls, by name.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        given: Mapping[str, object] | None = None,
        functions: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self._nodes = tuple(nodes)
        self._given = dict(given or {})
        self._functions = dict(functions or {})

    @property
    def constant(self) -> object:
        """The value where it is the same whatever the step; else None."""
        node = self._nodes[-1]
        return self._given.get(node.name, node.constant) if node.operation == "constant" else None

    def __call__(self, step: Any, numpy: ModuleType) -> Any:
        """The value, by the functions of `numpy`: that module, or jax.numpy."""
        values: list[Any] = []
        for node in self._nodes:
            operands = [values[place] for place in node.operands]
            values.append(self._perform(node, operands, step, numpy))
        return values[-1]

    def _perform(self, node: Node, operands: list[Any], step: Any, numpy: ModuleType) -> Any:
        if node.operation == "step":
            return step
        if node.operation == "constant":
            return self._given.get(node.name, node.constant)
        if node.operation == "call":
            return self._functions[node.name](*operands)
        if node.operation == "stack":
            return numpy.stack(operands)
        function = _OPERATIONS.get(node.operation) or getattr(numpy, node.operation)
        return function(*operands)
