"""A training by Lightning's Trainer, run three times: with PyTorch's scheduler, with tempo.torch's, and with TempoLR.

    PYTHONPATH=build/python tests/peers/run train_lightning.py

The learning rates of every update and the weights at the end must be the same to the bit: stepped every update and every
epoch, with accumulated gradients, with a metric that Lightning monitors, and resumed from Lightning's checkpoint.
"""

import logging
import os
import sys
import tempfile
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from torch.optim import lr_scheduler

import tempo.torch
from tempo.torch import TempoLR

EPOCHS, BATCHES = 6, 8

# A class with its arguments, and the same as a schedule.
SCHEDULES = {
    "StepLR": ({"step_size": 2, "gamma": 0.7}, "torch.StepLR step_size=2 gamma=0.7"),
    "CosineAnnealingLR": ({"T_max": 9}, "torch.CosineAnnealingLR T_max=9"),
    "LinearLR": (
        {"start_factor": 0.1, "total_iters": 5},
        "torch.LinearLR start_factor=0.1 total_iters=5",
    ),
    "OneCycleLR": (
        {"max_lr": 0.2, "total_steps": EPOCHS * BATCHES + 1},
        f"torch.OneCycleLR max_lr=0.2 total_steps={EPOCHS * BATCHES + 1}",
    ),
}
PLATEAU = (
    {"factor": 0.5, "patience": 0, "threshold": 0.2},
    "torch.ReduceLROnPlateau factor=0.5 patience=0 threshold=0.2",
)


class Model(LightningModule):
    def __init__(self, make_scheduler, **config):
        super().__init__()
        self.net = torch.nn.Linear(4, 2)
        self.make_scheduler, self.config, self.rates = make_scheduler, config, []

    def training_step(self, batch, index):
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.net(x), y)
        self.log("loss", loss, on_step=False, on_epoch=True, prog_bar=False)
        return loss

    def optimizer_step(self, epoch, index, optimizer, closure):
        self.rates.append([group["lr"] for group in optimizer.param_groups])
        super().optimizer_step(epoch, index, optimizer, closure)

    def configure_optimizers(self):
        groups = [{"params": [self.net.weight]}, {"params": [self.net.bias], "lr": 0.03}]
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
        scheduler = {"scheduler": self.make_scheduler(optimizer), **self.config}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


def loader():
    random = torch.Generator().manual_seed(1)
    x, y = torch.randn(64, 4, generator=random), torch.randn(64, 2, generator=random)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=64 // BATCHES)


def fit(model, epochs, folder, resume=None, **options):
    trainer = Trainer(
        max_epochs=epochs,
        default_root_dir=folder,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        **options,
    )
    trainer.fit(model, loader(), ckpt_path=resume)
    return trainer


def train(make_scheduler, split=None, accumulate=1, **config):
    """All rates and the weights; where there is a split, in two trainings of which the second resumes."""
    options = {"accumulate_grad_batches": accumulate}
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        model = Model(make_scheduler, **config)
        trainer = fit(model, split or EPOCHS, folder, **options)
        if split:
            path = os.path.join(folder, "saved.ckpt")
            trainer.save_checkpoint(path)
            first, model = model, Model(make_scheduler, **config)
            fit(model, EPOCHS, folder, path, **options)
            model.rates = first.rates + model.rates
    return model.rates, [p.detach().clone() for p in model.parameters()]


def makers(name, schedule, **options):
    """PyTorch's, the drop-in, and TempoLR."""
    arguments, document = schedule
    return (
        lambda optimizer: getattr(lr_scheduler, name)(optimizer, **arguments),
        lambda optimizer: getattr(tempo.torch, name)(optimizer, **arguments),
        lambda optimizer: TempoLR(optimizer, document, **options),
    )


def trainings():
    for name, schedule in SCHEDULES.items():
        batch = makers(name, schedule, step_schedulers_every_batch=True)
        yield f"{name}, every step", [train(m, interval="step") for m in batch]
        yield f"{name}, accumulated", [train(m, accumulate=2, interval="step") for m in batch]
        whole = train(batch[0], interval="step")
        yield f"{name}, resumed", [whole] + [train(m, split=2, interval="step") for m in batch]
        epoch = makers(name, schedule, step="1ep")
        yield f"{name}, every epoch", [train(m, interval="epoch") for m in epoch]
        yield f"{name}, every epoch, resumed", [train(m, split=3, interval="epoch") for m in epoch]
    plateau = makers("ReduceLROnPlateau", PLATEAU, step="1ep")
    config = {"interval": "epoch", "monitor": "loss", "reduce_on_plateau": True}
    yield "ReduceLROnPlateau", [train(m, **config) for m in plateau]


def same(a, b):
    return a[0] == b[0] and all(torch.equal(x, y) for x, y in zip(a[1], b[1], strict=True))


def main():
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    different = 0
    for name, runs in trainings():
        fine = all(same(runs[0], run) for run in runs[1:])
        different += not fine
        rates = {tuple(row) for row in runs[0][0]}
        print(
            f"{'same' if fine else 'differs':8} {len(runs[0][0]):3} updates, {len(rates):3} rates   {name}"
        )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
