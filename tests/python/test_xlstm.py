"""tempo.xlstm. Expected numbers are those of optax 0.2.8, put together as xlstm-jax 0f3ebc2 does."""

import dataclasses
import inspect
import unittest

import tempo
from tempo.xlstm import ConfigDict, SchedulerConfig, build_lr_scheduler

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    jax = None

COSINE = {"lr": 0.1, "name": "cosine_decay", "decay_steps": 100, "end_lr_factor": 0.1}
COSINE |= {"warmup_steps": 10, "cooldown_steps": 20}


class Config(unittest.TestCase):
    def test_attributes_and_defaults_are_the_registrys(self):
        rows = tempo.find_type("xlstm.SchedulerConfig").parameters
        self.assertEqual([field.name for field in dataclasses.fields(SchedulerConfig)], [row.name for row in rows])
        parameters = inspect.signature(SchedulerConfig).parameters
        for row in rows:
            self.assertEqual(parameters[row.name].kind, inspect.Parameter.KEYWORD_ONLY)
            default = inspect.Parameter.empty if row.required else row.default
            self.assertEqual(parameters[row.name].default, default)

    def test_it_survives_to_dict_and_from_dict(self):
        for config in (SchedulerConfig(lr=0.1), SchedulerConfig(**COSINE), SchedulerConfig(lr=0.1, decay_steps=None)):
            self.assertEqual(ConfigDict.from_dict(SchedulerConfig, config.to_dict()), config)
            self.assertEqual(list(config.to_dict()), [field.name for field in dataclasses.fields(config)])

    def test_from_dict_reads_as_xlstm_jax_does(self):
        data = {"lr": "1e-3", "decay_steps": 5.9, "end_lr": "None", "other": 1}
        config = SchedulerConfig.from_dict(SchedulerConfig, data)
        self.assertEqual(config, SchedulerConfig(lr=1e-3, decay_steps=5, end_lr=None))
        text = "SchedulerConfig(lr=0.1, name='linear', end_lr=None)"
        self.assertEqual(ConfigDict.from_dict(SchedulerConfig, text), SchedulerConfig(lr=0.1, name="linear"))

    def test_what_it_cannot_read_is_a_value_error(self):
        for data, options in (
            ({"lr": "fast"}, {}),
            ({"name": "linear"}, {}),
            ({"lr": 0.1, "other": 1}, {"ignore_extensive_attributes": False}),
            (None, {}),
        ):
            with self.assertRaises(ValueError):
                ConfigDict.from_dict(SchedulerConfig, data, **options)
        with self.assertRaises(TypeError):
            ConfigDict.from_dict(dict, {})

    def test_get_prefers_an_attribute_that_is_none(self):
        config = SchedulerConfig(lr=0.1)
        self.assertEqual((config.get("lr"), config.get("end_lr", 5), config.get("other", 5)), (0.1, None, 5))


class Scheduler(unittest.TestCase):
    def test_warmup_main_part_and_cooldown(self):
        schedule = build_lr_scheduler(SchedulerConfig(**COSINE))
        expected = [0.0, 0.05000000074505806, 0.10000000149011612, 0.05499999597668648, 0.009999999776482582, 0.0]
        self.assertEqual([schedule(step) for step in (0, 5, 10, 45, 80, 100)], expected)

    def test_a_constant_is_a_float_whatever_the_step(self):
        self.assertEqual(build_lr_scheduler(SchedulerConfig(lr=0.1))(7), 0.1)

    def test_no_name_is_a_constant(self):
        self.assertEqual(build_lr_scheduler(SchedulerConfig(lr=0.1, name=None))(7), 0.1)

    def test_contradictions_are_assertion_errors(self):
        for arguments in (
            {"end_lr": 0.05, "end_lr_factor": 0.1},
            {"name": "linear", "decay_steps": 10, "warmup_steps": 8, "cooldown_steps": 5},
        ):
            with self.assertRaises(AssertionError):
                build_lr_scheduler(SchedulerConfig(lr=0.1, **arguments))

    def test_an_unknown_name_is_a_value_error(self):
        with self.assertRaises(ValueError):
            build_lr_scheduler(SchedulerConfig(lr=0.1, name="square"))

    @unittest.skipIf(jax is None, "needs JAX")
    def test_one_compile_serves_all_steps(self):
        schedule = build_lr_scheduler(SchedulerConfig(**COSINE))
        compiled = jax.jit(schedule)
        for step in range(200):
            self.assertAlmostEqual(float(compiled(jnp.int32(step))), schedule(step), places=7)
        self.assertEqual(compiled._cache_size(), 1)
        self.assertNotIn("callback", str(jax.make_jaxpr(schedule)(3)))


if __name__ == "__main__":
    unittest.main()
