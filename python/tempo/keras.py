"""A document of Tempo as a learning rate schedule of Keras, whatever backend it has.

>>> import keras, tempo
>>> from tempo.keras import Schedule
>>> document = tempo.loads('''
... tempo: 1
... run: {max_duration: 10ba}
... optimizer: {lr: 0.5}
... schedules:
...   type: hf.get_linear_schedule_with_warmup
...   num_warmup_steps: 2
...   num_training_steps: 10
... ''')
>>> optimizer = keras.optimizers.SGD(Schedule(document))
>>> float(optimizer.learning_rate)
0.0
>>> float(optimizer._learning_rate(4))
0.375

The values are made once, as a table, and a step reads its own from that: eagerly as in a compiled
function, without a callback, and without compiling again.
"""

from __future__ import annotations

from typing import Any

import keras

from ._tempo import Document

__all__ = ["Schedule"]


@keras.saving.register_keras_serializable(package="tempo")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """The values of a document, step by step; Keras passes the updates that are completed.

    document: a Document, or what Document() takes. steps: the last one with a value of its own,
    which stays from then on; None: the end of the run. track: which field, by index or name. Values are
    rounded from double to Keras' floatx. Raises ValueError if steps is None and the document does
    not tell how long the run is, and tempo.Error for what a document may have wrong.

    With gradient_accumulation_steps Keras passes its micro-batches in place of updates: say in the
    document, with `every`, how many of them are a step.
    """

    def __init__(self, document: Any, steps: int | None = None, track: int | str = 0) -> None:
        super().__init__()
        self.document = document if isinstance(document, Document) else Document(document)
        self.steps, self.track = steps, track
        plan = self.document.plan()
        self._last = plan.batches if steps is None else steps
        if self._last <= 0:
            raise ValueError("nothing says how long the run is: give steps, or max_duration")
        # Here, and not in the first call, which may be one that is traced.
        values = plan.values(0, self._last + 1, track).tolist()
        self._table = keras.ops.convert_to_tensor(values, dtype=keras.config.floatx())

    def __call__(self, step: Any) -> Any:
        """The value after `step` >= 0 updates, a tensor of floatx."""
        place = keras.ops.minimum(keras.ops.cast(step, "int32"), self._last)
        return keras.ops.take(self._table, place)

    def get_config(self) -> dict[str, Any]:
        """What from_config() makes an equal schedule of; JSON can hold it."""
        return {"document": self.document.to_dict(), "steps": self.steps, "track": self.track}
