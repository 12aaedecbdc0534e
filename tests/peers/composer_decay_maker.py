"""Random documents of Composer's schedulers beside a weight decay that follows the learning rate."""

import composer_maker
import composer_peer
from common import recorded

LEADERS = ("LinearWithWarmupScheduler", "CosineAnnealingScheduler", "MultiStepScheduler", "ExponentialScheduler")


class Maker(composer_maker.Maker):
    names = ("decoupled_weight_decay",)

    def document(self, name):
        r = self.random
        document = {"tempo": 1, "run": self.run()}
        document["optimizer"] = {
            "lr": r.choice([1.0, 0.1, 3e-4, 6e-4, self.number(0.001, 1), r.choice([0.1, 0.0])]),
            "weight_decay": r.choice([1e-4, 1e-5, 0.1, self.number(0.001, 1), r.choice([1e-4, 0.0])]),
        }
        document["schedules"] = [self.schedule("composer." + r.choice(LEADERS))]
        return document

    def rows(self, name, number):
        """None where the learning rate is refused."""
        document = self.document(name)
        row = {"id": f"composer.{name}-{number:04d}", "document": document, "at": self.at()}
        if "error" in recorded(composer_peer, row):
            return []
        decay = {"type": composer_peer.DECAY, "field": "weight_decay"}
        if self.random.random() < 0.5:
            decay["follows"] = "lr"
        document["schedules"].insert(self.random.choice([0, 1]), decay)
        return [recorded(composer_peer, row)]
