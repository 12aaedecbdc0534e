"""tempo.keras: a document as a learning rate schedule, inside the optimizers of Keras.

Expected numbers are those of transformers 5.24, rounded to single precision. Keras is needed, with
a backend that KERAS_BACKEND names; torch if it does not.
"""

import json
import os
import unittest

import tempo

os.environ.setdefault("KERAS_BACKEND", "torch")
try:
    import keras
    import numpy
    from tempo.keras import Schedule
except ImportError:
    keras = None

DOCUMENT = {
    "tempo": 1,
    "run": {"max_duration": "10ba"},
    "optimizer": {"lr": 0.3},
    "schedules": [
        {
            "type": "hf.get_linear_schedule_with_warmup",
            "num_warmup_steps": 4,
            "num_training_steps": 10,
        }
    ],
}
VALUES = [0.0, 0.075, 0.15, 0.22499999999999998, 0.3]
VALUES += [0.25, 0.2, 0.15, 0.1, 0.049999999999999996, 0.0]


def setUpModule():
    if keras is None:
        raise unittest.SkipTest("needs Keras")


def number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def single(values):
    return [float(numpy.float32(value)) for value in values]


class Values(unittest.TestCase):
    def test_a_step_has_the_value_of_the_document_in_single_precision(self):
        schedule = Schedule(DOCUMENT)
        self.assertEqual([number(schedule(step)) for step in range(11)], single(VALUES))

    def test_after_the_last_step_the_value_stays(self):
        schedule = Schedule(DOCUMENT, steps=3)
        self.assertEqual(number(schedule(4)), number(schedule(3)))
        self.assertEqual(number(schedule(2**31 - 1)), single(VALUES)[3])

    def test_a_step_may_be_a_tensor(self):
        step = keras.ops.convert_to_tensor(5, dtype="int64")
        self.assertEqual(number(Schedule(DOCUMENT)(step)), 0.25)

    def test_a_document_that_does_not_tell_its_length_wants_steps(self):
        document = {**DOCUMENT, "run": {}}
        with self.assertRaisesRegex(ValueError, "give steps, or max_duration"):
            Schedule(document)
        self.assertEqual(number(Schedule(document, steps=20)(5)), 0.25)

    def test_a_track_goes_by_its_name(self):
        groups = [{"name": "a", "lr": 0.5}, {"name": "b", "lr": 0.3}]
        document = {**DOCUMENT, "optimizer": {"groups": groups}}
        self.assertEqual(number(Schedule(document, track="b.lr")(5)), 0.25)

    def test_what_a_document_has_wrong_is_said(self):
        with self.assertRaises(tempo.Error):
            Schedule({**DOCUMENT, "schedules": [{"type": "hf.get_linear"}]})


class Saving(unittest.TestCase):
    def test_a_configuration_makes_an_equal_schedule(self):
        config = json.loads(json.dumps(Schedule(DOCUMENT, steps=8).get_config()))
        again = Schedule.from_config(config)
        self.assertEqual(again.get_config(), config)
        self.assertEqual([number(again(step)) for step in range(9)], single(VALUES[:9]))

    def test_an_optimizer_is_saved_with_it(self):
        config = keras.saving.serialize_keras_object(keras.optimizers.SGD(Schedule(DOCUMENT)))
        optimizer = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
        self.assertEqual(number(optimizer._learning_rate(5)), 0.25)


class Training(unittest.TestCase):
    def test_fit_makes_every_update_with_its_value(self):
        seen = []

        class Rates(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                seen.append(number(self.model.optimizer.learning_rate))

        for is_compiled in (False, True):
            with self.subTest(is_compiled=is_compiled):
                seen.clear()
                model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
                model.compile(
                    keras.optimizers.SGD(Schedule(DOCUMENT)),
                    loss="mse",
                    run_eagerly=not is_compiled,
                    jit_compile=is_compiled and keras.backend.backend() == "jax",
                )
                x = numpy.ones((20, 2), "float32")
                model.fit(x, x[:, :1], batch_size=2, verbose=0, callbacks=[Rates()])
                self.assertEqual(seen[-1], single(VALUES)[-1])
                self.assertEqual(int(model.optimizer.iterations), 10)
                if keras.backend.backend() == "torch":  # JAX writes back after the epoch
                    self.assertEqual(seen, single(VALUES[1:]))

    def test_the_weights_are_those_of_updates_with_these_values(self):
        optimizer = keras.optimizers.SGD(Schedule(DOCUMENT))
        weight = keras.Variable(numpy.float32(1.0))
        expected = numpy.float32(1.0)
        optimizer.build([weight])
        for value in VALUES[:10]:
            optimizer.apply([keras.ops.convert_to_tensor(1.0)])
            expected -= numpy.float32(value)
        self.assertEqual(number(weight), float(expected))


if __name__ == "__main__":
    unittest.main()
