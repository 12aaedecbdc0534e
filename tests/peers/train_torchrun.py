"""Two processes under torchrun, over gloo, run twice: with PyTorch's scheduler and with tempo.torch.TempoLR.

    PYTHONPATH=build/python tests/peers/run train_torchrun.py

Learning rates must be the same to the bit on both ranks and with both schedulers, and so must the weights. With TempoLR no
rank says anything to another one: a step is a committed update, which all of them make. Where the ranks' batches differ,
the loop sums the samples, and the curve is that of a single process with the same samples.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

import torch

WORLD, UPDATES, MICRO = 2, 24, 2
TRAININGS = ("StepLR", "CosineAnnealingLR", "OneCycleLR", "accumulation", "samples")


def schedulers(name, optimizer, ours):
    from torch.optim import lr_scheduler

    from tempo.torch import TempoLR

    every_batch = {"step_schedulers_every_batch": True}
    if name == "samples":
        return TempoLR(optimizer, f"composer.CosineAnnealingScheduler t_max={6 * UPDATES}sp")
    if name == "OneCycleLR" and ours:
        return TempoLR(optimizer, f"torch.OneCycleLR max_lr=0.2 total_steps={UPDATES + 1}", **every_batch)
    if name == "OneCycleLR":
        return lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=UPDATES + 1)
    if name == "StepLR" and ours:
        return TempoLR(optimizer, "torch.StepLR step_size=3 gamma=0.7", **every_batch)
    if name == "StepLR":
        return lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.7)
    if ours:
        return TempoLR(optimizer, f"torch.CosineAnnealingLR T_max={UPDATES}", **every_batch)
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=UPDATES)


def samples_of(rank, update):
    """Of this rank; over both ranks they are 6 on average."""
    return 2 + update % 2 if rank == 0 else 4 - update % 2


def train(name, ours, rank, world):
    from torch.nn.parallel import DistributedDataParallel

    torch.manual_seed(0)
    model = torch.nn.Linear(4, 2)
    parallel = DistributedDataParallel(model) if world > 1 else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = schedulers(name, optimizer, ours)
    random = torch.Generator().manual_seed(rank)
    rates = []
    for update in range(UPDATES):
        for _ in range(MICRO if name == "accumulation" else 1):
            x = torch.randn(samples_of(rank, update), 4, generator=random)
            torch.nn.functional.mse_loss(parallel(x), torch.ones(len(x), 2)).backward()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        optimizer.zero_grad()
        if name != "samples":
            scheduler.step()
        elif world > 1:
            samples = torch.tensor(len(x))
            torch.distributed.all_reduce(samples)
            scheduler.step(samples=samples.item())
        else:
            scheduler.step(samples=sum(samples_of(r, update) for r in range(WORLD)))
    return rates, [weight for p in model.parameters() for weight in p.flatten().tolist()]


def work(folder):
    """What each process does."""
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    found = {f"{name} {ours}": train(name, ours, rank, WORLD) for name in TRAININGS for ours in (0, 1)}
    with open(os.path.join(folder, f"{rank}.json"), "w") as file:
        json.dump(found, file)
    torch.distributed.destroy_process_group()


def main():
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={WORLD}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, os.path.abspath(__file__), folder], env=environment, check=True)
        ranks = []
        for rank in range(WORLD):
            with open(os.path.join(folder, f"{rank}.json")) as file:
                ranks.append(json.load(file))
    different = 0
    for name in TRAININGS:
        theirs, ours = ranks[0][f"{name} 0"], ranks[0][f"{name} 1"]
        fine = theirs == ours and all(found[f"{name} 1"] == ours for found in ranks)
        if name == "samples":
            fine = fine and ours[0] == train(name, True, 0, 1)[0] and len(set(ours[0])) > 1
        different += not fine
        print(f"{'same' if fine else 'differs':8} {len(ours[0]):3} updates on {WORLD} ranks   {name}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(work(sys.argv[1]) if "RANK" in os.environ and len(sys.argv) > 1 else main())
