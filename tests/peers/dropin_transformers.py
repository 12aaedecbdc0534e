"""The real transformers against tempo.transformers: signatures, every value, states, and trainings in its Trainer.

    PYTHONPATH=build/python tests/peers/run dropin_transformers.py
"""

import inspect
import io
import pickle
import sys
import tempfile
import unittest
import warnings

sys.modules.setdefault("torchvision", None)  # it is no part of this, and must fit torch where it is

import torch
import transformers
from transformers import optimization
from transformers.trainer_utils import SchedulerType

from tempo import transformers as ours

LENGTHS = {"num_warmup_steps": 4, "num_training_steps": 12}
CASES = [
    ("constant", {}, {}),
    ("constant_with_warmup", {"num_warmup_steps": 4}, {}),
    ("linear", LENGTHS, {}),
    ("linear", {"num_warmup_steps": 1.2, "num_training_steps": 12}, {}),
    ("cosine", LENGTHS, {}),
    ("cosine", LENGTHS, {"num_cycles": 2}),
    ("cosine_with_restarts", LENGTHS, {"num_cycles": 3}),
    ("polynomial", LENGTHS, {}),
    ("polynomial", LENGTHS, {"power": 2.0, "lr_end": 0.01}),
    ("inverse_sqrt", {"num_warmup_steps": 0}, {}),
    ("inverse_sqrt", {"num_warmup_steps": 4}, {"timescale": 7}),
    ("cosine_with_min_lr", LENGTHS, {"min_lr": 0.01}),
    ("cosine_with_min_lr", LENGTHS, {"min_lr_rate": 0.1}),
    ("cosine_warmup_with_min_lr", LENGTHS, {"min_lr": 0.02, "warmup_lr_rate": 0.1}),
    ("warmup_stable_decay", LENGTHS, {"num_decay_steps": 3}),
    ("warmup_stable_decay", LENGTHS, {"num_decay_steps": 3, "decay_type": "1-sqrt"}),
]


def optimizer_of(*lrs):
    """Groups with these learning rates; the default is another one."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=0.25)


def saved(scheduler):
    """The state as it comes out of a checkpoint."""
    file = io.BytesIO()
    torch.save(scheduler.state_dict(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def step(scheduler, count=1):
    for _ in range(count):
        scheduler.optimizer.step()
        scheduler.step()


def rates(scheduler):
    return [group["lr"] for group in scheduler.optimizer.param_groups]


def each_case():
    """A name, with the scheduler of transformers and that of Tempo."""
    for name, steps, arguments in CASES:
        given = {**steps, "scheduler_specific_kwargs": arguments}
        yield name, [
            make(SchedulerType(name), optimizer_of(0.3, 0.1, 0.0), **given)
            for make in (optimization.get_scheduler, ours.get_scheduler)
        ]


def signature(module, name):
    parameters = inspect.signature(getattr(module, name)).parameters.values()
    return [(each.name, each.default, each.kind) for each in parameters]


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("ignore")

    def test_names_and_signatures_are_the_same(self):
        functions = {name for name in vars(optimization) if name.startswith("get_")}
        missing = functions - set(ours.__all__)
        self.assertEqual(missing, {"get_adafactor_schedule", "get_greedy_schedule"})
        for name in functions - missing:
            with self.subTest(name=name):
                theirs, mine = (signature(module, name) for module in (optimization, ours))
                self.assertEqual(mine, theirs)

    def test_the_names_of_schedules_are_the_same_but_for_greedy(self):
        theirs = {each.name: each.value for each in SchedulerType}
        mine = {each.name: each.value for each in ours.SchedulerType}
        self.assertEqual(mine | {"GREEDY": "greedy"}, theirs)

    def test_every_step_leaves_the_same_values_and_the_same_state(self):
        for name, (theirs, mine) in each_case():
            with self.subTest(name=name):
                for _ in range(20):
                    self.assertEqual(rates(mine), rates(theirs))
                    if name != "constant":  # whose lambda is a function there
                        self.assertEqual(mine.state_dict(), theirs.state_dict())
                    step(theirs)
                    step(mine)

    def test_a_state_of_one_is_loaded_into_the_other(self):
        for direction in (1, -1):
            for name, schedulers in each_case():
                with self.subTest(name=name, direction=direction):
                    first, second = schedulers[::direction]
                    step(first, 5)
                    second.load_state_dict(saved(first))
                    self.assertEqual((second.last_epoch, second.get_last_lr()), (5, rates(first)))
                    for _ in range(5):
                        step(first)
                        step(second)
                        self.assertEqual(rates(second), rates(first))

    def test_a_pickle_goes_on_to_the_same_values(self):
        for name, (theirs, mine) in each_case():
            with self.subTest(name=name):
                step(theirs, 9)
                step(mine, 5)
                other = pickle.loads(pickle.dumps(mine))
                step(other, 4)
                self.assertEqual(rates(other), rates(theirs))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x=None, labels=None):
        return {"loss": ((self.layer(x) - labels) ** 2).mean()}


class Rates(transformers.TrainerCallback):
    """The learning rate that every update was made with."""

    def __init__(self, optimizer):
        self.optimizer, self.values = optimizer, []

    def on_optimizer_step(self, arguments, state, control, **_):
        self.values.append(self.optimizer.param_groups[0]["lr"])


class Training(unittest.TestCase):
    """A training with 60 updates in the real Trainer."""

    curves = {
        "linear": {},
        "cosine_with_min_lr": {"min_lr": 0.01},
        "warmup_stable_decay": {"num_decay_steps": 20},
    }

    def setUp(self):
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        self.data = [{"x": torch.randn(4), "labels": torch.randn(1)} for _ in range(40)]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def train(self, make, name, resume=None):
        """Learning rates and weights."""
        torch.manual_seed(2)
        model = Model()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        scheduler = make(name, optimizer, 5, 60, self.curves[name])
        arguments = transformers.TrainingArguments(
            output_dir=self.folder,
            num_train_epochs=6,
            per_device_train_batch_size=4,
            save_strategy="steps",
            save_steps=25,
            logging_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )
        heard = Rates(optimizer)
        trainer = transformers.Trainer(
            model,
            arguments,
            train_dataset=self.data,
            optimizers=(optimizer, scheduler),
            callbacks=[heard],
        )
        trainer.train(resume_from_checkpoint=resume)
        return heard.values, [each.detach().clone() for each in model.parameters()]

    def assert_equal_weights(self, some, others):
        self.assertTrue(all(torch.equal(*pair) for pair in zip(some, others)))

    def test_every_update_has_the_same_rate_and_the_weights_are_the_same(self):
        for name in self.curves:
            with self.subTest(name=name):
                rates, weights = self.train(optimization.get_scheduler, name)
                same_rates, same_weights = self.train(ours.get_scheduler, name)
                self.assertEqual(len(rates), 60)
                self.assertEqual(same_rates, rates)
                self.assert_equal_weights(same_weights, weights)

    def test_a_checkpoint_of_one_is_resumed_with_the_other(self):
        makers = optimization.get_scheduler, ours.get_scheduler
        for name in self.curves:
            for first, second in (makers, makers[::-1]):
                with self.subTest(name=name, first=first.__module__):
                    rates, weights = self.train(first, name)
                    rest, same_weights = self.train(second, name, f"{self.folder}/checkpoint-25")
                    self.assertEqual(rest, rates[25:])
                    self.assert_equal_weights(same_weights, weights)


if __name__ == "__main__":
    unittest.main()
