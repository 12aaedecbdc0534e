"""tempo.transformers: the functions of Hugging Face transformers.

Expected numbers are those of transformers 5.24: the golden rows, and what its own tests expect,
rounded there as here. transformers itself is not needed, PyTorch is.
"""

import copy
import enum
import io
import json
import os
import pickle
import subprocess
import sys
import unittest
import warnings

import tempo

try:
    import torch
    from tempo import transformers
    from tempo.transformers import get_scheduler
except ImportError:
    torch = None

GOLDEN = os.path.join(os.environ["TEMPO_SOURCE"], "tests", "golden", "hf.jsonl")
STEPS = {"num_warmup_steps": 2, "num_training_steps": 10}


def setUpModule():
    if torch is None:
        raise unittest.SkipTest("needs PyTorch")


def optimizer_of(*lrs, default=None):
    """An optimizer with a group for each learning rate; its default is the first one's."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=lrs[0] if default is None else default)


def make(name, optimizer, arguments, **steps):
    return get_scheduler(name, optimizer, **steps, scheduler_specific_kwargs=arguments)


def rows():
    """The golden rows of what a function can be asked for."""
    with open(GOLDEN, encoding="utf-8") as file:
        for row in map(json.loads, file):
            if "every" not in row["document"]["schedules"][0]:
                yield row


def scheduler_of(document):
    arguments = dict(document["schedules"][0])
    function = getattr(transformers, arguments.pop("type").split(".")[1])
    lr = document["optimizer"]["lr"]
    return function(optimizer_of(lr, default=arguments.pop("lr_init", None)), **arguments)


def unwrap(scheduler, count=10):
    """The learning rates of the first updates."""
    values = []
    for _ in range(count):
        values.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.optimizer.step()
        scheduler.step()
    return values


class GoldenRows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("ignore")

    def test_every_value_is_reproduced_bit_for_bit(self):
        for row in rows():
            if "error" in row:
                continue
            with self.subTest(id=row["id"]):
                scheduler = scheduler_of(row["document"])
                for step, expected in zip(row["at"], row["lr"]):
                    scheduler.last_epoch = step
                    self.assertEqual(scheduler.get_lr(), [expected])

    def test_step_leaves_them_in_the_optimizer(self):
        for row in rows():
            if "error" in row:
                continue
            near = {step: value for step, value in zip(row["at"], row["lr"]) if step < 60}
            with self.subTest(id=row["id"]):
                values = unwrap(scheduler_of(row["document"]), max(near) + 1)
                self.assertEqual({step: values[step] for step in near}, near)

    def test_what_transformers_refuses_raises_when_the_scheduler_is_made(self):
        for row in rows():
            if "error" in row:
                with self.subTest(id=row["id"]), self.assertRaises((TypeError, ValueError)):
                    scheduler_of(row["document"])


class Curves(unittest.TestCase):
    """What the tests of transformers expect, to a hundredth: ten updates from a rate of 10."""

    expected = {
        "constant": ({}, {}, [10.0] * 10),
        "constant_with_warmup": (
            {"num_warmup_steps": 4},
            {},
            [0.0, 2.5, 5.0, 7.5, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0],
        ),
        "linear": (STEPS, {}, [0.0, 5.0, 10.0, 8.75, 7.5, 6.25, 5.0, 3.75, 2.5, 1.25]),
        "cosine": (STEPS, {}, [0.0, 5.0, 10.0, 9.61, 8.53, 6.91, 5.0, 3.08, 1.46, 0.38]),
        "cosine_with_restarts": (
            STEPS,
            {"num_cycles": 2},
            [0.0, 5.0, 10.0, 8.53, 5.0, 1.46, 10.0, 8.53, 5.0, 1.46],
        ),
        "polynomial": (
            STEPS,
            {"power": 2.0, "lr_end": 1e-7},
            [0.0, 5.0, 10.0, 7.656, 5.625, 3.906, 2.5, 1.406, 0.625, 0.156],
        ),
        "inverse_sqrt": (
            {"num_warmup_steps": 2},
            {},
            [0.0, 5.0, 10.0, 8.165, 7.071, 6.325, 5.774, 5.345, 5.0, 4.714],
        ),
    }

    def start(self, name):
        steps, arguments, expected = self.expected[name]
        return make(name, optimizer_of(10.0), arguments, **steps), expected

    def test_a_name_gives_the_curve_of_transformers(self):
        for name in self.expected:
            with self.subTest(name=name):
                scheduler, expected = self.start(name)
                for value, near in zip(unwrap(scheduler), expected):
                    self.assertAlmostEqual(value, near, delta=1e-2)

    def test_a_state_that_was_saved_and_loaded_goes_on_to_the_same_bits(self):
        for name in self.expected:
            with self.subTest(name=name):
                whole = unwrap(self.start(name)[0])
                first, second = self.start(name)[0], self.start(name)[0]
                unwrap(first, 5)
                file = io.BytesIO()
                torch.save(first.state_dict(), file)
                file.seek(0)
                second.load_state_dict(torch.load(file, weights_only=True))
                second.optimizer.load_state_dict(first.optimizer.state_dict())
                self.assertEqual(unwrap(second, 5), whole[5:])

    def test_a_pickle_and_a_copy_go_on_to_the_same_bits(self):
        for name in self.expected:
            with self.subTest(name=name):
                whole, scheduler = unwrap(self.start(name)[0]), self.start(name)[0]
                unwrap(scheduler, 5)
                for other in (pickle.loads(pickle.dumps(scheduler)), copy.deepcopy(scheduler)):
                    self.assertEqual(unwrap(other, 5), whole[5:])

    def test_a_lambda_may_be_wrapped(self):
        class Wrapped:
            def __init__(self, function):
                self.function = function

            def __call__(self, step):
                return self.function(step)

        for name in self.expected:
            with self.subTest(name=name):
                whole, scheduler = unwrap(self.start(name)[0]), self.start(name)[0]
                scheduler.lr_lambdas = [Wrapped(function) for function in scheduler.lr_lambdas]
                self.assertEqual(unwrap(scheduler), whole)


class Schedulers(unittest.TestCase):
    def test_they_are_those_of_pytorch(self):
        linear = get_scheduler("linear", optimizer_of(0.1), **STEPS)
        plateau = make("reduce_lr_on_plateau", optimizer_of(0.1), {"patience": 3})
        self.assertIsInstance(linear, torch.optim.lr_scheduler.LambdaLR)
        self.assertIsInstance(plateau, torch.optim.lr_scheduler.ReduceLROnPlateau)
        self.assertEqual(plateau.patience, 3)

    def test_the_state_is_that_of_transformers_partials(self):
        state = get_scheduler("linear", optimizer_of(0.1, 0.2), **STEPS).state_dict()
        self.assertEqual(state["lr_lambdas"], [{}, {}])
        self.assertEqual((state["base_lrs"], state["last_epoch"]), ([0.1, 0.2], 0))

    def test_every_group_has_the_factor(self):
        scheduler = get_scheduler("linear", optimizer_of(0.3, 0.1, 0.0), 4, 10)
        scheduler.last_epoch = 9
        self.assertEqual(scheduler.get_lr(), [0.049999999999999996, 0.016666666666666666, 0.0])

    def test_lr_end_and_min_lr_are_parts_of_the_optimizers_default(self):
        # transformers: a default of 0.2, a group with 0.4 beside it
        steps = {"num_warmup_steps": 0, "num_training_steps": 4}
        beside = {"polynomial": {"lr_end": 0.05}, "cosine_with_min_lr": {"min_lr": 0.05}}
        for name, arguments in beside.items():
            with self.subTest(name=name):
                scheduler = make(name, optimizer_of(0.4, 0.2, default=0.2), arguments, **steps)
                scheduler.last_epoch = 4
                self.assertEqual(scheduler.get_lr(), [0.1, 0.05])

    def test_a_default_that_is_a_tensor_is_read(self):
        parameters = [torch.nn.Parameter(torch.zeros(1))]
        optimizer = torch.optim.Adam(parameters, lr=torch.tensor(0.25), capturable=True)
        steps = {"num_warmup_steps": 0, "num_training_steps": 4}
        scheduler = make("polynomial", optimizer, {"lr_end": 0.125}, **steps)
        scheduler.last_epoch = 4
        self.assertEqual([float(lr) for lr in scheduler.get_lr()], [0.125])

    def test_last_epoch_goes_on_where_an_optimizer_is(self):
        optimizer = optimizer_of(0.3)
        optimizer.param_groups[0]["initial_lr"] = 0.3
        transformers.get_linear_schedule_with_warmup(optimizer, 4, 10, last_epoch=8)
        self.assertEqual(optimizer.param_groups[0]["lr"], 0.049999999999999996)

    def test_numbers_of_steps_may_be_of_other_kinds(self):
        scheduler = get_scheduler("linear", optimizer_of(1.0), 2.5, torch.tensor(7))
        self.assertEqual(unwrap(scheduler, 8)[1:4], [0.4, 0.8, 0.8888888888888888])


class GetScheduler(unittest.TestCase):
    def test_every_name_has_a_function_of_its_own(self):
        beside = {
            "cosine_with_restarts": {"num_cycles": 2},
            "cosine_with_min_lr": {"min_lr": 0.01},
            "cosine_warmup_with_min_lr": {"min_lr": 0.01},
            "warmup_stable_decay": {"num_decay_steps": 3},
        }
        names = [each.value for each in transformers.SchedulerType]
        names.remove("reduce_lr_on_plateau")
        made = [make(name, optimizer_of(0.1), beside.get(name), **STEPS) for name in names]
        curves = {tuple(unwrap(scheduler)) for scheduler in made}
        self.assertEqual(len(curves), len(names))

    def test_the_names_of_transformers_own_enumeration_are_taken(self):
        class SchedulerType(str, enum.Enum):
            LINEAR = "linear"

        scheduler = get_scheduler(SchedulerType.LINEAR, optimizer_of(10.0), **STEPS)
        self.assertEqual(unwrap(scheduler)[3], 8.75)

    def test_an_unknown_name_is_an_error_that_lists_the_known_ones(self):
        with self.assertRaisesRegex(ValueError, "no schedule 'greedy', but linear, cosine, "):
            get_scheduler("greedy", optimizer_of(0.1))

    def test_steps_that_are_missing_are_asked_for(self):
        with self.assertRaisesRegex(ValueError, "^linear requires num_warmup_steps$"):
            get_scheduler("linear", optimizer_of(0.1), num_training_steps=10)
        with self.assertRaisesRegex(ValueError, "^cosine requires num_training_steps$"):
            get_scheduler("cosine", optimizer_of(0.1), num_warmup_steps=2)
        with self.assertRaisesRegex(ValueError, "neither num_training_steps nor num_stable_steps"):
            decay = {"num_decay_steps": 3}
            make("warmup_stable_decay", optimizer_of(0.1), decay, num_warmup_steps=2)

    def test_the_constants_pass_over_arguments_that_they_do_not_have(self):
        for name in ("constant", "constant_with_warmup"):
            make(name, optimizer_of(0.1), {"num_cycles": 2}, **STEPS)

    def test_the_others_do_not(self):
        with self.assertRaises(TypeError):
            make("linear", optimizer_of(0.1), {"num_cycles": 2}, **STEPS)

    def test_what_does_not_hold_is_a_value_error_with_its_place(self):
        with self.assertRaises(tempo.BadValue) as caught:
            get_scheduler("linear", optimizer_of(0.1), -1, 10)
        self.assertEqual(caught.exception.path, "schedules[0].num_warmup_steps")
        with self.assertRaisesRegex(ValueError, "lr_end is 0.1, but must be below lr_init"):
            make("polynomial", optimizer_of(0.1), {"lr_end": 0.1}, **STEPS)

    def test_both_lengths_of_a_stable_part_are_warned_of(self):
        with self.assertWarnsRegex(UserWarning, "num_stable_steps counts"):
            transformers.get_wsd_schedule(optimizer_of(0.1), 2, 3, 10, num_stable_steps=2)

    def test_a_layer_wise_optimizer_is_refused(self):
        optimizer = optimizer_of(0.1)
        optimizer.optimizer_dict = {}
        with self.assertRaisesRegex(TypeError, "layer-wise"):
            get_scheduler("constant", optimizer)

    def test_transformers_is_not_imported(self):
        code = "import sys, tempo.transformers; sys.exit('transformers' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-c", code]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
