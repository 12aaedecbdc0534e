"""Records golden rows from the optimizers of Composer that decouple the weight decay from the learning rate.

    python3 record_composer_weight_decay.py PACKAGES COUNT SEED > rows.jsonl

PACKAGES is the folder with Composer and llm-foundry (see composer_peer.py); PyTorch must be installed. COUNT random
documents of schedulers of Composer; each learning rate is put into a real optimizer, which takes a step. What is
recorded is the product that it subtracts from 1 then.
"""

import importlib.util
import json
import pathlib
import sys

import torch  # before the stand-ins for it

import composer_peer
import record_composer

NAMES = ("LinearWithWarmupScheduler", "CosineAnnealingScheduler", "MultiStepScheduler", "ExponentialScheduler")


class WatchedDecay(float):
    """A weight decay that notes what becomes of it when it is multiplied from the left."""

    def __rmul__(self, factor):
        self.product = factor * float(self)
        return self.product


def load_optimizers(packages):
    composer_peer._module("composer.utils.dist")
    sys.modules["composer.utils"].dist = sys.modules["composer.utils.dist"]
    path = pathlib.Path(packages) / "composer/optim/decoupled_weight_decay.py"
    spec = importlib.util.spec_from_file_location("decoupled_weight_decay", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DecoupledSGDW, module.DecoupledAdamW


def decays(cls, optimizer, rates):
    """The weight decay in force at each learning rate."""
    parameter = torch.nn.Parameter(torch.ones(1))
    parameter.grad = torch.ones(1)
    real = cls([parameter], lr=optimizer["lr"], weight_decay=optimizer["weight_decay"])
    found = []
    for rate in rates:
        watched = WatchedDecay(optimizer["weight_decay"])
        real.param_groups[0] |= {"lr": rate, "weight_decay": watched}
        real.step()
        found.append(watched.product if watched else 0.0)  # no decay at all where it is 0
    return found


def main():
    packages, count, seed = sys.argv[1:]
    peer = composer_peer.Peer(packages)
    optimizers = load_optimizers(packages)
    maker = record_composer.Maker(int(seed))
    number = 0
    while number < int(count):
        r = maker.random
        document = {"tempo": 1, "run": maker.run()}
        document["optimizer"] = {
            "lr": r.choice([1.0, 0.1, 3e-4, 6e-4, maker.number(0.001, 1), r.choice([0.1, 0.0])]),
            "weight_decay": r.choice([1e-4, 1e-5, 0.1, maker.number(0.001, 1), r.choice([1e-4, 0.0])]),
        }
        document["schedules"] = [maker.schedule("composer." + r.choice(NAMES))]
        at = maker.at()
        rates = peer.values(document, at)
        if isinstance(rates, Exception):
            continue
        decay = {"type": "composer.decoupled_weight_decay", "field": "weight_decay"}
        if r.random() < 0.5:
            decay["follows"] = "lr"
        document["schedules"].insert(r.choice([0, 1]), decay)
        row = {
            "id": f"composer.decoupled_weight_decay-{number:04d}",
            "peer": peer.peer_of("composer.decoupled_weight_decay"),
            "document": document,
            "at": at,
            "lr": rates,
            "weight_decay": decays(r.choice(optimizers), document["optimizer"], rates),
        }
        print(json.dumps(row))
        number += 1


if __name__ == "__main__":
    main()
