"""Small trainings by the real Trainer of pytorch-accelerated, with its own schedulers and with
Tempo's: the learning rates of every update, the checkpoints and the weights at the end must be the
same.

    PYTHONPATH=build/python tests/peers/run train_accelerated.py

timm's schedulers go through TrainerWithTimmScheduler. Last, a training is interrupted and resumed:
Tempo's WSDLrScheduler goes on where it was, which the original does not
(docs/python-accelerated.md).
"""

import functools
import logging
import pathlib
import sys
import tempfile
import warnings

import torch

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

from pytorch_accelerated import Trainer, schedulers  # noqa: E402
from pytorch_accelerated.callbacks import (
    MoveModulesToDeviceCallback,
    TrainerCallback,
    WSDCheckpointCallback,
)  # noqa: E402
from pytorch_accelerated.trainer import TrainerWithTimmScheduler  # noqa: E402

import tempo.accelerated  # noqa: E402
import tempo.timm  # noqa: E402
from timm_peer import _timm  # noqa: E402

EPOCHS, BATCH, SAMPLES = 6, 8, 100


class Rates(TrainerCallback):
    """The learning rates that each update was made with."""

    def __init__(self):
        self.seen = []

    def on_train_step_start(self, trainer, **kwargs):
        self.seen.append([group["lr"] for group in trainer.optimizer.param_groups])


def milestones(module):
    """The documentation's example of a scheduler of one's own."""

    class Milestones(module.StatefulSchedulerBase):
        def get_updated_values(self, num_updates):
            if num_updates in (13, 40):
                return [group["lr"] * 0.5 for group in self.optimizer.param_groups]

        def state_dict(self):
            return {}

        def load_state_dict(self, state):
            pass

    return Milestones


def train(create, trainer=Trainer, callbacks=(), epochs=EPOCHS, is_evaluated=False, **options):
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(SAMPLES, 4), torch.randn(SAMPLES, 1))
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.03}]
    optimizer = torch.optim.AdamW(groups, lr=0.01)
    rates = Rates()
    loop = trainer(
        model,
        torch.nn.functional.mse_loss,
        optimizer,
        (MoveModulesToDeviceCallback, rates, *callbacks),
    )
    loop.print = lambda *words, **how: None
    loop.train(
        data,
        epochs,
        data if is_evaluated else None,
        BATCH,
        create_scheduler_fn=create,
        train_dataloader_kwargs={"num_workers": 0},
        eval_dataloader_kwargs={"num_workers": 0},
        **options,
    )
    return rates.seen, {name: value.clone() for name, value in model.state_dict().items()}, loop


def wsd_run(module, folder, **more):
    """A training with the checkpoints of WSDCheckpointCallback."""
    create = module.WSDLrScheduler.create_scheduler_fn(
        num_checkpoints=3, decay_phase_ratio=0.2, lr_min=0.01, **more
    )
    names = sorted(folder.iterdir())
    first = next((path for path in names if "pre_decay" in path.name), None) if more else None
    callback = WSDCheckpointCallback(str(folder), initial_checkpoint=first)
    rates, weights, _ = train(create, callbacks=(callback,))
    return rates, weights, sorted(path.name for path in folder.iterdir())


def cases():
    """Names, and functions of a module with the schedulers, that return learning rates, weights and
    more to compare.
    """
    for name, options in {
        "cosine": {"num_warmup_epochs": 1, "num_cooldown_epochs": 1, "min_lr_ratio": 0.1},
        "cosine, k_decay": {
            "k_decay": 1.5,
            "lr_min": 1e-3,
            "warmup_starting_lr_ratio": 0.1,
            "num_warmup_epochs": 2,
        },
        "cosine, half the epochs": {"total_num_epochs": 3},
    }.items():
        yield name, lambda m, o=options: train(m.CosineLrScheduler.create_scheduler_fn(**o))[:2]
    yield "cosine, accumulated gradients", lambda m: train(
        m.CosineLrScheduler.create_scheduler_fn(num_warmup_epochs=1), gradient_accumulation_steps=2
    )[:2]
    yield "wsd, warmup", lambda m: train(m.WSDLrScheduler.create_scheduler_fn(num_warmup_epochs=2))[
        :2
    ]
    yield "wsd, inverse decay", lambda m: train(
        m.WSDLrScheduler.create_scheduler_fn(
            use_inverse_sqrt_decay=False, lr_min=0.1, decay_phase_ratio=0.5
        )
    )[:2]
    yield "milestones of one's own", lambda m: train(milestones(m))[:2]


def wsd_checkpoints(module):
    """With checkpoints, and a second training that continues from the first of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first = wsd_run(module, folder)
        again = wsd_run(module, folder, is_continuation_from_checkpoint=True)
    return (
        first[0] + again[0],
        {**first[1], **{f"again {k}": v for k, v in again[1].items()}},
        first[2],
        again[2],
    )


def timm_cases():
    noisy = {"noise_range_t": (10, 60), "noise_pct": 0.3}
    for name, kind, options in (
        (
            "cosine on epochs",
            "CosineLRScheduler",
            {"t_initial": EPOCHS, "lr_min": 1e-4, "warmup_t": 2, "warmup_lr_init": 1e-4},
        ),
        (
            "poly on updates, noise",
            "PolyLRScheduler",
            {"t_initial": 70, "t_in_epochs": False, **noisy},
        ),
        (
            "wsd on updates",
            "WSDLRScheduler",
            {"t_initial": 70, "decay_t": 20, "t_in_epochs": False, "warmup_t": 5},
        ),
    ):
        yield f"timm, {name}", lambda m, k=kind, o=options: train(
            functools.partial(getattr(m, k), **o), TrainerWithTimmScheduler, is_evaluated=True
        )[:2]


def same(a, b):
    return (
        a[0] == b[0]
        and a[1].keys() == b[1].keys()
        and all(map(torch.equal, a[1].values(), b[1].values()))
        and a[2:] == b[2:]
    )


def resumed():
    """Whether an interrupted training of Tempo's WSDLrScheduler has the learning rates of one that
    was not.
    """
    create = tempo.accelerated.WSDLrScheduler.create_scheduler_fn(
        total_num_epochs=EPOCHS, num_warmup_epochs=1, decay_phase_ratio=0.4, lr_min=0.01
    )
    whole, _, _ = train(create)
    with tempfile.TemporaryDirectory() as folder:
        first, _, loop = train(create, epochs=EPOCHS // 2)
        loop.save_training_state(folder)
        second, _, _ = train(
            create, resume_from=folder
        )  # the Trainer takes its own number of epochs for what is left
    return (first + second)[: len(whole)] == whole


def main():
    differing = 0
    jobs = [
        (name, run, schedulers, tempo.accelerated)
        for name, run in [*cases(), ("wsd, checkpoints", wsd_checkpoints)]
    ]
    jobs += [(name, run, _timm, tempo.timm) for name, run in timm_cases()]
    for name, run, theirs, ours in jobs:
        a, b = run(theirs), run(ours)
        distinct = len({tuple(rates) for rates in a[0]})
        fine = same(a, b)
        differing += not fine
        print(
            f"{name}: {len(a[0])} batches, {distinct} learning rates: "
            + ("the same" if fine else "DIFFERENT")
        )
        for at, (x, y) in enumerate(zip(a[0], b[0])):
            if x != y:
                print(f"  at {at}: {x} {y}")
                break
    fine = resumed()
    print(f"wsd, interrupted and resumed: {'goes on' if fine else 'DOES NOT GO ON'}")
    return differing > 0 or not fine


if __name__ == "__main__":
    sys.exit(main())
