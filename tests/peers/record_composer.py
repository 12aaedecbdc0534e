"""Records golden rows from the schedulers of Composer and llm-foundry.

    python3 record_composer.py PACKAGES COUNT SEED TYPE... > rows.jsonl

PACKAGES is the folder that holds both packages (see composer_peer.py); COUNT random documents are made
per type, with times before, at and after every boundary.
"""

import json
import random
import sys

from composer_peer import Peer

UNITS = ("ep", "ba", "sp", "tok")


class Maker:
    """Random documents over the legal range of every parameter, with a few illegal ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def run(self):
        r = self.random
        per_epoch = r.choice([1, 3, 7, 10, 32, 100, 391, 1251])
        samples = r.choice([1, 16, 256, 1024])
        tokens = samples * r.choice([1, 8, 128, 2048])
        epochs = r.choice([1, 2, 3, 5, 10, 30, 90])
        batches = epochs * per_epoch
        longest = {"ep": epochs, "ba": batches, "sp": batches * samples, "tok": batches * tokens}
        unit = r.choice(UNITS)
        self.facts = {"ep": per_epoch, "ba": 1, "sp": samples, "tok": tokens}
        ratio = r.choice([1.0, 1.0, 1.0, 0.5, 2.0, 0.1, 0.25, 1.37, 0.7, 3.0])
        scaled = int(longest[unit] * ratio)
        self.batches = batches
        self.end = -(-scaled * (per_epoch if unit == "ep" else 1) // (1 if unit == "ep" else self.facts[unit]))
        self.unit = unit
        return {
            "batches_per_epoch": per_epoch,
            "samples_per_batch": samples,
            "tokens_per_batch": tokens,
            "max_duration": f"{longest[unit]}{unit}",
            "scale_schedule_ratio": ratio,
        }

    def time(self, low, high, unit=None):
        """A time between two fractions of the run, in any unit."""
        r = self.random
        fraction = r.uniform(low, high)
        unit = unit or r.choice(UNITS + ("dur", "dur"))
        if unit == "dur":
            return f"{round(fraction, r.choice([2, 3, 4]))}dur"
        if unit == "ep":
            return f"{round(fraction * self.batches / self.facts['ep'])}ep"
        return f"{round(fraction * self.batches * (self.facts[unit] if unit != 'ba' else 1))}{unit}"

    def number(self, low, high):
        return round(self.random.uniform(low, high), self.random.choice([1, 2, 3, 4]))

    def schedule(self, type_name):
        r = self.random
        s = {"type": type_name}
        name = type_name.split(".")[1]
        unit = r.choice([self.unit, self.unit, "dur", "ba", None])
        if "WithWarmup" in name:
            s["t_warmup"] = self.time(0, r.choice([0.02, 0.3, 0.3, 1.1]), unit)
        if name.startswith("InverseSquareRoot"):
            unit = r.choice([self.unit] * 9 + ["ba"])
            s["t_warmup"] = self.time(0, 0.3, unit)
            s["t_scale"] = self.time(0.01, 0.5, unit)
            s["t_cooldown"] = self.time(0, 0.4, unit)
            if r.random() < 0.5:
                s["alpha_f_decay"] = self.number(0, 0.5)
                s["alpha_f_cooldown"] = self.number(0, 0.3)
            if r.random() < 0.3:
                s["t_max"] = self.time(0.5, 1.5)
            return s
        if "Step" in name and "Multi" not in name:
            s["step_size"] = self.time(0.01, 0.5)
        if "MultiStep" in name:
            s["milestones"] = [self.time(0, 1.1) for _ in range(r.randrange(6))]
        if "Step" in name and r.random() < 0.7:
            s["gamma"] = self.number(0.01, 1.5)
        if "Exponential" in name:
            s["gamma"] = self.number(0, 1.2)
            if r.random() < 0.7:
                s["decay_period"] = self.time(0.01, 0.5)
        if "Restarts" in name:
            s["t_0"] = self.time(0.02, 0.6)
            if r.random() < 0.8:
                s["t_mult"] = r.choice([1.0, 1.5, 2.0, 3.0, 1.1, 0.9, 0.5, self.number(0.8, 2.5)])
        if "Polynomial" in name:
            s["power"] = r.choice([0.5, 1.0, 2.0, 3.0, 0.0, self.number(0.1, 4)])
        if name in ("ConstantScheduler", "ConstantWithWarmupScheduler") and r.random() < 0.7:
            s["alpha"] = self.number(0, 2)
        if name in ("LinearScheduler", "LinearWithWarmupScheduler") and r.random() < 0.7:
            s["alpha_i"] = self.number(0, 2)
        if ("Linear" in name or "Cosine" in name or "Polynomial" in name) and r.random() < 0.7:
            s["alpha_f"] = self.number(0, 1)
        if "Restarts" not in name and "Step" not in name and "Exponential" not in name and r.random() < 0.6:
            s["t_max"] = self.time(0.9 if r.random() < 0.7 else 0, 1.5, unit if r.random() < 0.8 else None)
        if "WithWarmup" in name and r.random() < 0.5:
            s["scale_warmup"] = r.random() < 0.5
        return s

    def at(self):
        """Batches: both ends of the run and one more, and some within."""
        r = self.random
        times = {0, 1, 2, self.end - 1, self.end, self.end + 1, self.end + r.randrange(2, 1000)}
        times |= {r.randrange(self.end + 1) for _ in range(12)}
        times |= {r.randrange(self.batches + 1) for _ in range(4)}
        return sorted(t for t in times if t >= 0)


def main():
    packages, count, seed, *names = sys.argv[1:]
    peer = Peer(packages)
    maker = Maker(int(seed))
    for name in names:
        for number in range(int(count)):
            document = {"tempo": 1, "run": maker.run()}
            document["optimizer"] = {"lr": maker.random.choice([1.0, 0.1, 3e-4, 6e-4])}
            document["schedules"] = [maker.schedule(name)]
            at = maker.at()
            row = {"id": f"{name}-{number:04d}", "peer": peer.peer_of(name), "document": document}
            values = peer.values(document, at)
            if isinstance(values, Exception):
                row["error"] = f"{type(values).__name__}: {values}"
            else:
                row["at"], row["lr"] = at, values
            print(json.dumps(row))


if __name__ == "__main__":
    main()
