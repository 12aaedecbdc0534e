"""A training by Composer's own Trainer, run twice: with Composer's scheduler and with Tempo's.

    PYTHONPATH=build/python tests/peers/run train_composer.py

The learning rate of every update and the weights at the end must be the same to the bit: with schedulers stepped every
batch and every epoch, with a ratio, with durations in epochs, batches, samples and tokens, resumed from a checkpoint, with a
scheduler of one's own, and compiled by either's compile_composer_scheduler(). The Trainer is the real one; torchvision and
mcli, which it imports and a scheduler does not use, may be absent.
"""

import importlib.abc
import importlib.machinery
import logging
import sys
import tempfile
import types
import warnings

import torch

ABSENT = ("torchvision", "mcli")


class _StandIn(types.ModuleType):
    """A module in which every name is an empty class."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _StandIn(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, _Finder())

import composer  # noqa: E402
import composer.optim  # noqa: E402
from composer.core import Callback, DataSpec  # noqa: E402
from composer.models import ComposerModel  # noqa: E402

import tempo.composer  # noqa: E402

SAMPLES, BATCH = 64, 8


class Model(ComposerModel):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))

    def forward(self, batch):
        return self.layers(batch[0])

    def loss(self, outputs, batch):
        return torch.nn.functional.mse_loss(outputs, batch[1])


class Record(Callback):
    """The learning rate of every update."""

    def __init__(self):
        self.rates = []

    def batch_start(self, state, logger):
        self.rates += [group["lr"] for group in state.optimizers[0].param_groups]


def data():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(SAMPLES, 4, generator=generator)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=BATCH)
    return DataSpec(loader, get_num_tokens_in_batch=lambda batch: 16 * len(batch[0]))


def train(schedulers, fit=None, optimizer=composer.optim.DecoupledSGDW, **options):
    """The recorded rates and the final weights."""
    torch.manual_seed(0)
    model = Model()
    body, head = model.layers[0], model.layers[2]
    groups = [{"params": body.parameters(), "lr": 0.1}, {"params": head.parameters(), "lr": 0.01}]
    record = Record()
    trainer = composer.Trainer(
        model=model,
        train_dataloader=data(),
        optimizers=optimizer(groups, lr=0.1),
        schedulers=schedulers,
        callbacks=[record],
        progress_bar=False,
        log_to_console=False,
        device="cpu",
        run_name="run",
        **options,
    )
    trainer.fit(**(fit or {}))
    weights = [weight.detach().clone() for weight in model.parameters()]
    trainer.close()
    return record.rates, weights


def resumed(schedulers, **options):
    """Two epochs, and the rest of the training from their checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        saved = {"save_folder": folder, "save_interval": "2ep", "save_filename": "{epoch}.pt"}
        first, _ = train(schedulers(), max_duration="4ep", fit={"duration": "2ep"}, **saved, **options)
        rest, weights = train(schedulers(), max_duration="4ep", load_path=f"{folder}/2.pt", **options)
    return first + rest, weights


def halved(state, ssr=1.0):
    return 1.0 if int(state.timestamp.batch) < 10 * ssr else 0.5


def only_state(state):
    return 1.0 / (1 + int(state.timestamp.batch))


TRAININGS = {
    "a step schedule, in epochs": lambda of: train(of("StepScheduler", "1ep", gamma=0.5), max_duration="4ep"),
    "warmup and cosine, in epochs": lambda of: train(
        of("CosineAnnealingWithWarmupScheduler", "3ba", alpha_f=0.1), max_duration="4ep"
    ),
    "warmup and line, in tokens": lambda of: train(
        of("LinearWithWarmupScheduler", "512tok"), max_duration="3000tok"
    ),
    "milestones in three units, in samples": lambda of: train(
        of("MultiStepWithWarmupScheduler", "16sp", ["1ep", "17ba", "0.9dur"], gamma=0.3), max_duration="200sp"
    ),
    "a ratio of 0.5": lambda of: train(
        of("PolynomialWithWarmupScheduler", "0.2dur"), max_duration="6ep", scale_schedule_ratio=0.5
    ),
    "a ratio of 1.7, and a scaled warmup": lambda of: train(
        of("LinearWithWarmupScheduler", "4ba", alpha_f=0.2, scale_warmup=True),
        max_duration="24ba",
        scale_schedule_ratio=1.7,
    ),
    "restarts, stepped every epoch": lambda of: train(
        of("CosineAnnealingWarmRestartsScheduler", "1ep", t_mult=2), max_duration="5ep", step_schedulers_every_batch=False
    ),
    "two schedulers": lambda of: train(
        [*of("LinearScheduler"), *of("ExponentialScheduler", 0.5)], max_duration="3ep"
    ),
    "an exponential with AdamW": lambda of: train(
        of("ExponentialScheduler", 0.7), max_duration="3ep", optimizer=composer.optim.DecoupledAdamW
    ),
    "resumed": lambda of: resumed(lambda: of("CosineAnnealingScheduler", alpha_f=0.1)),
}
# The same scheduler on both sides; what differs is who compiles it.
COMPILED = {
    "a function": (halved, 1.0),
    "a function and a ratio": (halved, 1.5),
    "a function of the state alone": (only_state, 1.0),
}


def same(a, b):
    return a[0] == b[0] and len(a[1]) == len(b[1]) and all(torch.equal(x, y) for x, y in zip(a[1], b[1]))


def schedulers_of(module):
    return lambda name, *args, **kwargs: [getattr(module, name)(*args, **kwargs)]


def compiled_by(module, scheduler, ratio):
    """The Trainer takes its own function from its own module."""
    import composer.trainer.trainer as trainer

    trainer.compile_composer_scheduler = module.compile_composer_scheduler
    return train(scheduler, max_duration="4ep", scale_schedule_ratio=ratio)


def main():
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    runs = {name: [training(schedulers_of(module)) for module in (composer.optim, tempo.composer)]
            for name, training in TRAININGS.items()}
    runs |= {f"{name}, compiled": [compiled_by(module, *given) for module in (composer.optim, tempo.composer)]
             for name, given in COMPILED.items()}
    different = [name for name, (a, b) in runs.items() if not same(a, b)]
    for name, (rates, _) in ((name, pair[0]) for name, pair in runs.items()):
        print(f"{'differs' if name in different else 'same':8} {len(rates) // 2:3} updates, "
              f"{len(set(rates)):3} rates   {name}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
