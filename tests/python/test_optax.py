"""tempo.optax. Expected numbers are those of optax 0.2.8 on JAX 0.10.2, at Python integers; every bit of many more is
what tests/peers/dropin_optax.py compares."""

import doctest
import math
import os
import pickle
import unittest
import warnings

import tempo
from tempo import optax as schedules

try:
    import numpy as np
except ImportError:
    np = None
try:
    import jax
    import jax.numpy as jnp
except ImportError:
    jax = None
try:
    import optax
except ImportError:
    optax = None

EVERY = {
    "constant_schedule": (0.1,),
    "polynomial_schedule": (0.3, 0.1, 2.5, 30, 4),
    "linear_schedule": (0.1, 0.01, 10),
    "cosine_decay_schedule": (0.3, 20, 0.1, 3),
    "exponential_decay": (0.1, 10, 0.5, 3, True, 0.01),
    "piecewise_constant_schedule": (0.1, {3: 0.1, 7: 0.5}),
    "piecewise_interpolate_schedule": ("cosine", 0.1, {3: 0.1, 7: 0.5}),
    "linear_onecycle_schedule": (100, 0.1),
    "cosine_onecycle_schedule": (100, 0.1),
    "warmup_constant_schedule": (0.0, 0.1, 5),
    "warmup_cosine_decay_schedule": (0.0, 0.1, 5, 20),
    "warmup_exponential_decay_schedule": (0.0, 0.1, 5, 20, 0.3),
    "sgdr_schedule": (
        [
            {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 10},
            {"init_value": 0.0, "peak_value": 0.2, "warmup_steps": 2, "decay_steps": 20},
        ],
    ),
}


def make(name):
    return getattr(schedules, name)(*EVERY[name])


class Integers(unittest.TestCase):
    def test_a_python_integer_gives_the_float_that_jax_gives_by_default(self):
        for schedule, values in (
            (schedules.linear_schedule(0.1, 0.0, 10), {0: 0.10000000149011612, 3: 0.07000000029802322, 99: 0.0}),
            (schedules.cosine_decay_schedule(0.3, 7, 0.1, 3), {3: 0.09166556596755981, 4: 0.045861341059207916}),
            (schedules.exponential_decay(0.1, 10, 0.5), {5: 0.0707106813788414}),
            (schedules.piecewise_interpolate_schedule("cosine", 400.0, {5: 1.2, 3: 0.6}), {4: 264.0000305175781}),
            (schedules.linear_onecycle_schedule(100, 0.1), {7: 0.026400001719594002}),
        ):
            for step, value in values.items():
                with self.subTest(schedule=schedule, step=step):
                    self.assertEqual(schedule(step), value)
                    self.assertIs(type(schedule(step)), float)

    def test_a_constant_is_what_was_given(self):
        value = object.__new__(type("Anything", (), {}))
        self.assertIs(schedules.constant_schedule(value)(5), value)
        self.assertIs(type(schedules.constant_schedule(5)(0)), int)
        self.assertEqual(schedules.piecewise_constant_schedule(3)(9), 3)

    def test_it_survives_pickling(self):
        for name in EVERY:
            schedule = make(name)
            self.assertEqual(pickle.loads(pickle.dumps(schedule))(7), schedule(7))

    def test_it_tells_which_schedule_it_is(self):
        schedule = schedules.linear_schedule(0.1, 0.0, 10)
        text = "optax.linear_schedule init_value=0.1 end_value=0.0 transition_steps=10 transition_begin=0"
        self.assertEqual(schedule.schedule, tempo.Schedule(text))

    @unittest.skipIf(np is None, "needs NumPy")
    def test_an_array_has_the_bits_of_its_integers(self):
        for name in EVERY:
            schedule = make(name)
            steps = np.array([[0, 1, 5], [7, 50, 2_000_000]])
            values = np.broadcast_to(schedule(steps), steps.shape)
            for at, step in np.ndenumerate(steps):
                self.assertEqual(values[at], schedule(int(step)), (name, step))
            if name != "constant_schedule":
                self.assertEqual(values.dtype, np.float32)


class Bad(unittest.TestCase):
    def test_bad_arguments_are_value_errors_and_say_what(self):
        for call in (
            lambda: schedules.cosine_decay_schedule(0.1, 0),
            lambda: schedules.warmup_cosine_decay_schedule(0.0, 0.1, 10, 10),
            lambda: schedules.linear_onecycle_schedule(0, 0.1),
            lambda: schedules.cosine_onecycle_schedule(-1, 0.1),
            lambda: schedules.piecewise_constant_schedule(0.1, {3: -1.0}),
            lambda: schedules.piecewise_interpolate_schedule("linar", 0.1),
            lambda: schedules.piecewise_interpolate_schedule(None, 0.1),
        ):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIsInstance(caught.exception, tempo.Error)

    def test_what_falls_back_to_a_constant_warns(self):
        for call, value in (
            (lambda: schedules.linear_schedule(0.1, 0.0, 0), 0.1),
            (lambda: schedules.polynomial_schedule(0.1, 0.0, 2, -1), 0.1),
            (lambda: schedules.exponential_decay(0.1, 10, 0.0), 0.1),
            (lambda: schedules.warmup_constant_schedule(0.0, 0.1, 0), 0.0),
        ):
            with self.assertWarnsRegex(UserWarning, r"stays for ever.*\[never-moves\]") as caught:
                schedule = call()
            self.assertEqual(caught.filename, __file__)
            self.assertEqual(schedule(3), value)

    def test_what_a_join_leaves_out_warns_once(self):
        parts = [schedules.constant_schedule(1.0), schedules.constant_schedule(2.0)]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            schedules.join_schedules([schedules.join_schedules(parts, [3, 5]), parts[0]], [9])
        self.assertEqual(len(caught), 1)
        self.assertIn("[left-out]", str(caught[0].message))


class Documents(unittest.TestCase):
    document = tempo.Document(
        {
            "tempo": 1,
            "run": {"max_duration": "4ep", "batches_per_epoch": 5},
            "optimizer": {"lr": 0.4},
            "schedules": {"type": "composer.StepScheduler", "step_size": "1ep", "gamma": 0.5},
        }
    )

    def test_a_schedule_that_is_no_arithmetic_is_a_table(self):
        schedule = schedules.schedule(self.document)
        self.assertEqual([schedule(step) for step in (0, 4, 5, 19, 20)], [0.4, 0.4, 0.2, 0.05, 0.025])

    def test_a_table_needs_the_length_of_the_run(self):
        with self.assertRaises(tempo.MissingFact):
            schedules.schedule(tempo.Plan("composer.ConstantScheduler alpha=0.5 t_max=5ba"))

    def test_arithmetic_does_not(self):
        text = "optax.linear_schedule init_value=0.0 end_value=1.0 transition_steps=4 every=2ba"
        schedule = schedules.schedule(tempo.Plan(text))
        self.assertEqual([schedule(step) for step in (0, 1, 2, 7, 8)], [0.0, 0.0, 0.25, 0.75, 1.0])

    def test_a_plan_tells_its_operations(self):
        nodes = tempo.Plan("optax.constant_schedule value=0.5").expression()
        expected = [("step", (), None, None), ("constant", (), 0.5, "schedules[0].value")]
        self.assertEqual([tuple(node) for node in nodes], expected)
        with self.assertRaises(tempo.Conflict):
            tempo.Plan("composer.ConstantScheduler alpha=0.5 t_max=5ba").expression()


@unittest.skipIf(jax is None, "needs JAX")
class Traced(unittest.TestCase):
    def each(self):
        for name in EVERY:
            with self.subTest(name):
                yield make(name)

    def test_one_compile_serves_all_steps(self):
        for schedule in self.each():
            compiled = jax.jit(schedule)
            for step in range(0, 3000, 7):
                compiled(jnp.int32(step))
            self.assertEqual(compiled._cache_size(), 1)

    def test_nothing_is_called_back(self):
        for schedule in self.each():
            self.assertNotIn("callback", str(jax.make_jaxpr(schedule)(3)))

    def test_single_steps_have_the_bits_of_python_integers(self):
        for schedule in self.each():
            for step in (0, 1, 3, 7, 19, 20, 50, 100, 3000):
                self.assertEqual(float(jnp.float32(schedule(jnp.int32(step)))), float(jnp.float32(schedule(step))))

    def test_it_is_vectorised(self):
        for schedule in self.each():
            values = jax.vmap(schedule)(jnp.arange(50))
            self.assertEqual(values.shape, (50,))
            self.assertTrue(np.allclose(values, [float(schedule(step)) for step in range(50)], rtol=1e-5))

    def test_gradients_with_respect_to_the_step_and_to_a_parameter(self):
        self.assertEqual(float(jax.grad(schedules.cosine_decay_schedule(0.3, 7))(2.0)), float(np.float32(-0.05263278)))

        def rate(init_value):
            return schedules.linear_schedule(init_value, 0.0, 10)(jnp.int32(3))

        self.assertEqual(float(jax.grad(rate)(0.5)), float(np.float32(0.7)))
        self.assertEqual(float(jax.jit(rate)(0.5)), float(np.float32(0.35)))

    def test_what_a_schedule_compares_must_be_known(self):
        for make_rate in (
            lambda x: schedules.exponential_decay(0.1, 10, x)(3),
            lambda x: schedules.warmup_cosine_decay_schedule(0.0, x, 5, 10)(3),
            lambda x: schedules.linear_onecycle_schedule(10, 0.1, pct_start=x)(3),
            lambda x: schedules.linear_schedule(0.1, 0.0, x)(3),
        ):
            with self.assertRaises(jax.errors.ConcretizationTypeError):
                jax.jit(make_rate)(0.5)

    def test_with_64_bits_integers_have_them_too(self):
        schedule = schedules.cosine_decay_schedule(0.3, 7, 0.1, 3)
        with jax.enable_x64(True):
            self.assertEqual(schedule(4), 0.045861340561777056)
            self.assertEqual(float(schedule(jnp.asarray(4))), 0.045861340561777056)
            self.assertEqual(schedule(np.array([3, 4])).tolist(), [0.091665561563103, 0.045861340561777056])
            # The count of an optimizer stays an integer of 32 bits, and makes a line of as many.
            self.assertEqual(float(schedules.linear_schedule(0.1, 0.0, 10)(jnp.int32(3))), 0.07000000029802322)
        self.assertEqual(schedule(4), 0.045861341059207916)

    def test_any_function_may_be_joined(self):
        joined = schedules.join_schedules([lambda step: step * 2.0, schedules.linear_schedule(0.1, 0.0, 10)], [4])
        self.assertEqual([float(jax.jit(joined)(step)) for step in (3, 4)], [6.0, float(np.float32(0.1))])

    def test_a_table_is_looked_up(self):
        schedule = schedules.schedule(Documents.document)
        compiled = jax.jit(schedule)
        expected = [float(np.float32(schedule(step))) for step in range(21)]
        self.assertEqual([float(compiled(jnp.int32(step))) for step in range(21)], expected)
        self.assertEqual([float(compiled(jnp.int32(step))) for step in (-1, 99)], [expected[0], expected[20]])
        self.assertEqual(compiled._cache_size(), 1)
        self.assertEqual(jax.vmap(schedule)(jnp.arange(21)).tolist(), expected)

    def test_a_length_beyond_32_bits_is_jaxs_business(self):
        schedule = schedules.cosine_decay_schedule(1000.0, int(1e10))
        self.assertTrue(math.isclose(schedule(int(1e9)), 975.52826, rel_tol=1e-6))
        with self.assertRaises(OverflowError):
            schedules.linear_schedule(1.0, 0.0, int(1e10))(5)


@unittest.skipIf(optax is None, "needs optax")
class InsideOptax(unittest.TestCase):
    def test_signatures_and_traces_are_optaxs_own(self):
        import inspect

        for name, arguments in EVERY.items():
            with self.subTest(name):
                ours, theirs = getattr(schedules, name), getattr(optax, name)
                pair = [inspect.signature(function).parameters.values() for function in (ours, theirs)]
                for mine, other in zip(*pair, strict=True):
                    self.assertEqual((mine.name, mine.default, mine.kind), (other.name, other.default, other.kind))
                for count in (3, jnp.int32(3), 2.5):
                    self.assertEqual(
                        str(jax.make_jaxpr(ours(*arguments))(count)), str(jax.make_jaxpr(theirs(*arguments))(count))
                    )

    def test_it_is_a_hyperparameter_that_is_injected(self):
        optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=schedules.linear_schedule(1.0, 0.0, 4))
        state = optimizer.init(jnp.float32(1.0))
        rates = []
        for _ in range(5):
            _, state = optimizer.update(jnp.float32(1.0), state)
            rates.append(float(state.hyperparams["learning_rate"]))
        self.assertEqual(rates, [1.0, 0.75, 0.5, 0.25, 0.0])

    def test_it_scales_updates(self):
        optimizer = optax.scale_by_schedule(schedules.piecewise_constant_schedule(1.0, {2: 0.5}))
        state = optimizer.init(jnp.float32(1.0))
        scales = []
        for _ in range(4):
            update, state = optimizer.update(jnp.float32(1.0), state)
            scales.append(float(update))
        self.assertEqual(scales, [1.0, 1.0, 0.5, 0.5])


class Documentation(unittest.TestCase):
    def test_the_examples_of_the_modules(self):
        import tempo.xlstm

        for module in (schedules, tempo.xlstm):
            self.assertEqual(doctest.testmod(module).failed, 0)

    @unittest.skipIf(optax is None, "needs optax")
    def test_the_examples_of_the_page(self):
        page = os.path.join(os.environ.get("TEMPO_SOURCE", "../.."), "docs", "python-jax.md")
        self.assertEqual(doctest.testfile(page, module_relative=False).failed, 0)


if __name__ == "__main__":
    unittest.main()
