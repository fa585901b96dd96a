"""What a model is trained with: a frozen record, saved as JSON beside the weights."""

import json
from dataclasses import asdict, dataclass, fields

# Fields of TrainConfig that models trained before them do not name.
LATER = (
    "roughen", "nondigits", "weight_decay", "warm_up", "averaging", "gentle_epochs", "rehearsal", "fewest_showings",
    "delivered",
)  # fmt: skip
GONE = {"touching"}  # models that shipped before name it; nothing is trained with it any more


class InvalidConfig(ValueError):
    """A training configuration that cannot be trained; the message says which value and why."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training besides its data.

    `shift` (pixels), `rotation` (degrees) and `scale` (share) bound the random distortion of each training digit; all 0
    trains on the digits as they are. `limit` keeps only the first so many training digits, for tests and quick looks.

    `roughen` does to the digits what augmentation.py describes, instead of that distortion. `nondigits` of them are
    drawn (nondigits.py) for each digit, and `delivered` are as a finder delivers them from drawn pages (shown.py). In
    the last `gentle_epochs` half of the digits are distorted, not roughened, while the learning rate falls once more,
    from a tenth of its height: most digits that are read will be clean.
    `warm_up` is the share of the other steps in which the learning rate rises to its height. `averaging`, where not 0,
    is how much of the running average of the weights each step keeps; the average is what is validated and published.
    `rehearsal` is how many old digits are shown for each new one, where a dataset has new ones; new ones that are fewer
    than `fewest_showings` are shown again within an epoch until they are as many.
    """

    architecture: str = "seed"
    seed: int = 0
    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 1e-3
    patience: int = 5
    dropout: float = 0.3
    shift: float = 1.5
    rotation: float = 10.0
    scale: float = 0.1
    limit: int | None = None
    roughen: bool = False
    nondigits: float = 0.0
    weight_decay: float = 0.0
    warm_up: float = 0.0
    averaging: float = 0.0
    gentle_epochs: int = 0
    rehearsal: int = 0
    fewest_showings: int = 1000
    delivered: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("seed", 0, 2**32 - 1),
            ("epochs", 1, 10_000),
            ("batch_size", 1, 65_536),
            ("learning_rate", 1e-9, 10.0),
            ("patience", 1, 10_000),
            ("dropout", 0.0, 0.95),
            ("shift", 0.0, 14.0),
            ("rotation", 0.0, 180.0),
            ("scale", 0.0, 0.9),
            ("nondigits", 0.0, 1.0),
            ("weight_decay", 0.0, 1.0),
            ("warm_up", 0.0, 0.9),
            ("averaging", 0.0, 0.99999),
            ("gentle_epochs", 0, self.epochs - 1),
            ("rehearsal", 0, 1_000),
            ("fewest_showings", 1, 1_000_000),
            ("delivered", 0.0, 1.0),
        ):
            if not low <= getattr(self, name) <= high:
                raise InvalidConfig(f"{name} is {getattr(self, name)}; it must lie between {low} and {high}.")
        if self.limit is not None and self.limit < 1:
            raise InvalidConfig(f"limit is {self.limit}; it must be at least 1, or left out.")

    def to_json(self) -> str:
        """What came later than the first models is left out where it is not used, so that theirs stay what they are."""
        usual = asdict(TrainConfig())
        named = {name: v for name, v in asdict(self).items() if name not in LATER or v != usual[name]}
        return json.dumps(named, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "TrainConfig":
        """Raises InvalidConfig for JSON that is no training configuration."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise InvalidConfig(f"The training configuration is not JSON: {error}.") from error
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not set(values) <= known | GONE:
            raise InvalidConfig(f"The training configuration may name only {', '.join(sorted(known))}.")
        try:
            return cls(**{name: value for name, value in values.items() if name not in GONE})
        except TypeError as error:
            raise InvalidConfig(f"The training configuration has a value of the wrong kind: {error}.") from error
