"""Random documents of pytorch-accelerated's schedulers, a few of them illegal."""

import accelerated_peer
import common
from common import recorded


class Maker(common.Maker):
    """`corners` collects the updates to look at."""

    family, peer = "accelerated", accelerated_peer
    names = ("CosineLrScheduler", "WSDLrScheduler")

    def document(self, name):
        r = self.random
        self.corners = {0, 1}
        self.per_epoch = r.choice([1, 3, 10, 25, 100])
        self.epochs = r.choice([1, 2, 5, 10, 12, 30])
        self.lr = r.choice([1.0, 0.1, 0.3, 5e-4, self.number(0.001, 1)])
        run = {"batches_per_epoch": self.per_epoch}
        schedule = {"type": "accelerated." + name}
        is_open = r.random() < 0.25
        if is_open:
            run["max_duration"] = r.choice([f"{self.epochs}ep", f"{self.epochs * self.per_epoch - r.choice([0, 1])}ba"])
        (self.cosine if name == "CosineLrScheduler" else self.wsd)(schedule, is_open)
        if not is_open and r.random() < 0.3:
            run["max_duration"] = f"{max(1, self.total + r.choice([-1, 0, 1, 20]))}ba"
        self.run = run
        return {"tempo": 1, "run": run, "optimizer": {"lr": self.lr}, "schedules": [schedule]}

    def cosine(self, s, is_open):
        r = self.random
        per_epoch = self.per_epoch
        if not is_open:
            s["total_num_epochs"] = self.epochs = r.choice([self.epochs] * 20 + [0])
            s["num_update_steps_per_epoch"] = per_epoch = r.choice([per_epoch] * 20 + [7, 0])
        warmup = cooldown = 0
        if r.random() < 0.7:
            warmup = s["num_warmup_epochs"] = r.choice([0, 1, 2, 5, self.epochs // 2, r.choice([3, 3, 3, -1])])
        if r.random() < 0.6:
            cooldown = s["num_cooldown_epochs"] = r.choice([0, 1, 2, self.epochs // 3, r.choice([1, 1, 1, -1])])
        if r.random() < 0.6:
            s["k_decay"] = r.choice([1.0, 1.5, 0.7, 0.0, self.number(0.1, 4), r.choice([2.0, 2.0, 2.0, 400.0, -1.0])])
        if r.random() < 0.6:
            s["lr_min"] = r.choice([0.0, 0.01, self.number(0, 0.5), r.choice([0.02, 0.02, -0.01])])
        if r.random() < 0.4:
            s["min_lr_ratio"] = r.choice([0.05, self.number(0, 1), None])
        if r.random() < 0.6:
            s["warmup_starting_lr"] = r.choice([1e-6, 0.02, self.number(0, 1)])
        if r.random() < 0.4:
            s["warmup_starting_lr_ratio"] = r.choice([0.2, self.number(0, 1), None])
        self.total = self.epochs * per_epoch
        for epochs in (warmup, self.epochs, self.epochs - cooldown, self.epochs - warmup - cooldown, self.epochs // 2):
            self.corners |= {epochs * per_epoch}

    def wsd(self, s, is_open):
        r = self.random
        self.total = self.epochs * self.per_epoch
        if not is_open and r.random() < 0.6:
            rare = [50, 50, 0]
            self.total = r.choice([40, 100, 400, 101, 7, 3, r.randrange(1, 1000), r.choice(rare)])
            s["total_steps"] = self.total
        elif not is_open:
            s["num_epochs"] = self.epochs = r.choice([self.epochs] * 20 + [0])
            s["num_update_steps_per_epoch"] = self.per_epoch
            self.total = self.epochs * self.per_epoch
            if r.random() < 0.05:
                s["total_steps"] = self.total
        warmup = 0
        if r.random() < 0.7:
            rare = [8, 8, -5]
            s["num_warmup_steps"] = r.choice([0, 5, 10, self.total // 10, self.total, None, r.choice(rare)])
            warmup = s["num_warmup_steps"] or 0
        elif r.random() < 0.5:
            s["num_warmup_epochs"] = r.choice([0, 1, 2, 5])
            warmup = s["num_warmup_epochs"] * self.per_epoch
        checkpoints = 1
        if r.random() < 0.6:
            checkpoints = s["num_checkpoints"] = r.choice([1, 2, 3, 4, 6, r.choice([3, 3, 3, 0])])
        ratio = 0.1
        if r.random() < 0.8:
            ratio = s["decay_phase_ratio"] = r.choice([0.1, 0.2, 0.3, self.number(0, 0.33), self.number(0, 1.05), 0.0])
        if r.random() < 0.7:
            s["lr_min"] = r.choice([0.01, 0.05, self.number(0, 1), 0.0, r.choice([0.1, 0.1, 0.1, -0.1])])
        if r.random() < 0.6:
            s["warmup_starting_lr"] = r.choice([1e-6, 0.0, self.lr / 10, self.lr, r.choice([1e-4, 1e-4, 2.0])])
        if r.random() < 0.6:
            s["use_inverse_sqrt_decay"] = r.random() < 0.4
        if r.random() < 0.2:
            s["is_continuation_from_checkpoint"] = r.random() < 0.8
        start = 0
        for end in [self.total] if checkpoints == 1 else [min(self.total // 4 * 2**i, self.total) for i in range(4)]:
            decay = int((end - start) * ratio)
            self.corners |= {end, end - decay, end - decay // 2, (start + end) // 2}
            start = end
        self.corners |= {warmup, warmup // 2}

    def at(self):
        """Updates around the corners (n is one less), and some between."""
        r = self.random
        times = {0, 1, 2, self.total}
        for corner in r.sample(sorted(self.corners), min(9, len(self.corners))):
            times |= {corner, corner + 1, corner + 2}
        times |= {r.randrange(max(times) + 20) for _ in range(6)}
        if "max_duration" in self.run:  # a run that gets where there is no value is refused as a whole
            count, unit = int(self.run["max_duration"][:-2]), self.run["max_duration"][-2:]
            times |= {count * (self.per_epoch if unit == "ep" else 1)}
            times = {t for t in times if t <= count * (self.per_epoch if unit == "ep" else 1)}
        return sorted(t for t in times if t >= 0)

    def is_deviation(self, row):
        """Whether Tempo refuses what the peer raises for only when it gets there; or the other way round, where the run
        is not known to get there, accepts it but has no value then."""
        s = row["document"]["schedules"][0]
        if row.get("error", "").startswith("ZeroDivisionError") and s["type"] == "accelerated.WSDLrScheduler":
            starts = "error" not in recorded(self.peer, row | {"at": [0, 1]})
            return starts and "max_duration" not in row["document"]["run"]
        return "error" not in row and s.get("k_decay", 1.0) < 0
