"""Records test/fixtures/data/confident-learning.json: label issues found by cleanlab.

Run: python tools/record-data-fixtures.py   (recorded with cleanlab 2.9.0, numpy 2.4.6)
The probabilities are made up by a seeded generator; nothing here stems from a data set.
"""

import json
from pathlib import Path

import cleanlab
import numpy as np
from cleanlab.filter import find_label_issues

rng = np.random.default_rng(11)


def make(rows, classes, noise, strength, prior=None):
    """True classes, labels with noise, and probabilities (4 decimals, as float32 holds them) of a model that is fairly right."""
    true = rng.choice(classes, rows, p=prior)
    labels = np.where(rng.random(rows) < noise, rng.integers(classes, size=rows), true)
    logits = rng.normal(size=(rows, classes)) + strength * np.eye(classes)[true]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return labels, np.round(probabilities, 4).astype(np.float32)


def case(name, labels, probabilities):
    probabilities = probabilities.astype(np.float64)
    issues = find_label_issues(
        labels, probabilities, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", n_jobs=1
    )
    given = probabilities[np.arange(len(labels)), labels]
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    margins = (given - others.max(1))[issues]
    return {
        "name": name,
        "classes": probabilities.shape[1],
        "labels": labels.tolist(),
        "probabilities": np.round(probabilities.ravel(), 4).tolist(),
        "issues": issues.tolist(),
        "margins": np.round(margins, 6).tolist(),
    }


cases = [
    case("two classes", *make(120, 2, 0.1, 2.0)),
    case("five classes, imbalanced", *make(240, 5, 0.15, 2.5, [0.5, 0.2, 0.15, 0.1, 0.05])),
    case("a weak model", *make(150, 4, 0.2, 0.8)),
    case("clean labels, strong model", *make(100, 3, 0.0, 6.0)),
]

path = Path(__file__).parent.parent / "test/fixtures/data/confident-learning.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps({"cleanlab": cleanlab.__version__, "numpy": np.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print([(c["name"], len(c["issues"])) for c in cases], path.stat().st_size)
