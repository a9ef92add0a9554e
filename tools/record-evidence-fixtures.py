"""Records test/fixtures/evidence/reference.json: statistics computed by SciPy and scikit-learn.

Run: python tools/record-evidence-fixtures.py   (recorded with scipy 1.17.1, scikit-learn 1.9.1, numpy 2.4.6)
The predictions are made up by a seeded generator; nothing here stems from a data set.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import optimize, special, stats
from sklearn import metrics

rng = np.random.default_rng(7)


def rounded(values):
    """Values as float32 holds them, so that both sides start from the same numbers."""
    return np.asarray(values, np.float32).astype(np.float64)


def make(rows, classes, strength, decimals=None):
    labels = rng.choice(classes, rows, p=special.softmax(rng.normal(size=classes)))
    logits = rng.normal(size=(rows, classes)) * 1.5
    logits[np.arange(rows), labels] += strength
    logits = rounded(np.round(logits, 1) if decimals is None else np.round(logits, decimals))
    return labels, logits, rounded(special.softmax(logits, axis=1))


def temperature(logits, labels):
    def loss(inverse):
        return -np.mean(special.log_softmax(logits * inverse, axis=1)[np.arange(len(labels)), labels])

    options = {"xatol": 1e-12, "maxiter": 5000}
    found = optimize.minimize_scalar(loss, bounds=(1e-3, 1e3), method="bounded", options=options)
    return {"temperature": 1 / found.x, "logLoss": found.fun, "logLossBefore": loss(1.0)}


def scores(labels, logits, probabilities, classes):
    predicted = probabilities.argmax(1)
    result = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced-accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "macro-f1": metrics.f1_score(labels, predicted, average="macro"),
        "log-loss": metrics.log_loss(labels, probabilities, labels=range(classes)),
        "brier": metrics.brier_score_loss(labels, probabilities, labels=range(classes), scale_by_half=False),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(classes)).ravel().tolist(),
        "temperature": temperature(logits, labels),
    }
    if classes == 2:
        result["auc"] = metrics.roc_auc_score(labels, probabilities[:, 1])
    else:
        result["top-2-accuracy"] = metrics.top_k_accuracy_score(labels, logits, k=2, labels=range(classes))
    return result


def prediction_cases():
    cases = []
    for rows, classes, strength, decimals in [(80, 4, 2.0, 3), (50, 2, 1.0, 0), (120, 7, 3.0, 2)]:
        labels, logits, probabilities = make(rows, classes, strength, decimals)
        cases.append(
            {
                "classes": classes,
                "labels": labels.tolist(),
                "logits": logits.ravel().tolist(),
                "probabilities": probabilities.ravel().tolist(),
                "expected": scores(labels, logits, probabilities, classes),
            }
        )
    return cases


def wilson_cases():
    cases = []
    for successes, total in [(0, 1), (1, 1), (0, 20), (20, 20), (94, 100), (236, 244), (3, 7), (9999, 10000)]:
        for level in (0.8, 0.95, 0.99):
            found = stats.binomtest(successes, total).proportion_ci(level, method="wilson")
            cases.append([successes, total, level, found.low, found.high])
    return cases


def corrected_t(differences, train, test):
    d = np.asarray(differences)
    j = len(d)
    error = np.sqrt((1 / j + test / train) * d.var(ddof=1))
    t = d.mean() / error
    half = stats.t.ppf(0.975, j - 1) * error
    return {"differences": d.tolist(), "train": train, "test": test, "t": t, "p": 2 * stats.t.sf(abs(t), j - 1),
            "low": d.mean() - half, "high": d.mean() + half}


shapes = [(0.5, 0.5), (1, 3), (20, 2), (400, 600), (2, 20000)]
betas = [(1, 50), (5, 240), (20, 980)]
discordant = [(0, 0), (6, 0), (5, 0), (3, 3), (1, 9), (12, 25), (200, 260), (900, 1000)]
points = [-37, -8, -3.0001, -2.9999, -1, -0.1, 0, 0.5, 1.96, 2.5, 3, 5, 8]
levels = [1e-300, 1e-20, 1e-6, 0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999]

record = {
    "versions": {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "predictions": prediction_cases(),
    "wilson": wilson_cases(),
    "mcnemar": [[b, c, stats.binomtest(min(b, c), b + c, 0.5).pvalue if b + c else 1.0] for b, c in discordant],
    "correctedT": [corrected_t(rng.normal(0.01, 0.02, 10).round(4), 180, 20), corrected_t([0.01, 0.02, -0.01], 90, 45)],
    "normal": [[x, stats.norm.cdf(x)] for x in points],
    "normalQuantile": [[p, stats.norm.ppf(p)] for p in levels],
    "incompleteBeta": [[x, a, b, special.betainc(a, b, x)] for x in (0.001, 0.2, 0.5, 0.93, 0.9999) for a, b in shapes],
    "betaQuantile": [[p, a, b, stats.beta.ppf(p, a, b)] for p in (0.025, 0.5, 0.975) for a, b in betas],
    "student": [[t, df, stats.t.cdf(t, df)] for t in (-4, -0.3, 0, 1, 6) for df in (1, 4, 30)],
    "studentQuantile": [[p, df, stats.t.ppf(p, df)] for p in (0.025, 0.5, 0.9, 0.995) for df in (1, 4, 30)],
}

target = Path(__file__).parent.parent / "test" / "fixtures" / "evidence" / "reference.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps(record) + "\n")
