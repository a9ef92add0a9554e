"""Records test/fixtures/methods/heads.json: optima of regularised linear classifiers on small tables, found in float64.

    python tools/record-heads-fixtures.py

Needs numpy, SciPy and scikit-learn (recorded with 1.9). Codes are standardised with their weighted moments; with s the weights,

    softmax         Σ s · −log softmax(Wx + b)[y] / Σ s + λ/2 ‖W‖²              LogisticRegression(tol=1e-10), C = 1 / (λ Σ s)
    squared-hinge   Σ s · Σ_c max(0, 1 − y_c(w_c·x + b_c))² / Σ s + λ/2 ‖W‖²    scipy.optimize, L-BFGS-B
    hinge           Σ s · Σ_c max(0, 1 − y_c(w_c·x + b_c)) / Σ s + λ/2 ‖W‖²     SVC(kernel='linear', tol=1e-8), one against the rest

with y_c = 1 for the own class and −1 for the others, and no penalty on b. Each is checked here to be an optimum: by its gradient, or by the gap
to the dual. Recorded are the objective and the scores of five codes that none was fitted on.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

LAMBDAS = {"softmax": [1, 0.05, 0.001], "squared-hinge": [3, 0.1, 0.01], "hinge": [1, 0.1, 0.01]}
OUT = Path(__file__).parent.parent / "test" / "fixtures" / "methods" / "heads.json"


def objective(loss, w, x, labels, s, lam):
    """Value and gradient of weights [classes, cols + 1], intercept last."""
    z = x @ w[:, :-1].T + w[:, -1]
    share = s / s.sum()
    own = labels[:, None] == np.arange(len(w))
    if loss == "softmax":
        rows = -log_softmax(z, axis=1)[own]
        slope = softmax(z, axis=1) - own
    else:
        sign = np.where(own, 1.0, -1.0)
        slack = np.maximum(0, 1 - sign * z)
        power = 2 if loss == "squared-hinge" else 1
        rows = (slack**power).sum(axis=1)
        slope = -sign * (2 * slack if power == 2 else slack > 0)
    slope = slope * share[:, None]
    gradient = np.hstack([slope.T @ x + lam * w[:, :-1], slope.sum(axis=0)[:, None]])
    return share @ rows + lam / 2 * (w[:, :-1] ** 2).sum(), gradient


def fit_softmax(x, labels, s, lam, classes):
    # Two classes are one logit to scikit-learn: half of it for and half against has half its squared length.
    c = (2 if classes == 2 else 1) / (lam * s.sum())
    with warnings.catch_warnings():
        # Where it cannot go on, the gradient is checked below.
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=c, tol=1e-10, max_iter=100_000).fit(x, labels, sample_weight=s)
    w = np.hstack([model.coef_, model.intercept_[:, None]])
    return np.vstack([-w, w]) / 2 if classes == 2 else w


def fit_squared_hinge(x, labels, s, lam, classes):
    shape = (classes, x.shape[1] + 1)

    def flat(v):
        value, gradient = objective("squared-hinge", v.reshape(shape), x, labels, s, lam)
        return value, gradient.ravel()

    options = {"maxiter": 100_000, "maxfun": 1_000_000, "ftol": 0, "gtol": 1e-10, "maxcor": 50}
    return minimize(flat, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)


def fit_hinge(x, labels, s, lam, classes):
    c = 1 / (lam * s.sum())
    kept = s > 0
    weights, dual = [], 0.0
    for positive in range(classes):
        model = SVC(kernel="linear", C=c, tol=1e-8).fit(x[kept], labels[kept] == positive, sample_weight=s[kept])
        weights.append(np.append(model.coef_[0], model.intercept_[0]))
        dual += lam * (np.abs(model.dual_coef_).sum() - (model.coef_**2).sum() / 2)
    weights = np.array(weights)
    value = objective("hinge", weights, x, labels, s, lam)[0]
    assert value - dual < 1e-5 * value, (value, dual)
    return weights


FIT = {"softmax": fit_softmax, "squared-hinge": fit_squared_hinge, "hinge": fit_hinge}


def table(rng, name, rows, cols, classes, weighted=False, apart=0.5, constant=False):
    labels = np.arange(rows) % classes
    centres = apart * rng.normal(size=(classes, cols))
    # Correlated features of different scales, away from zero.
    mixing = np.eye(cols) + 0.5 * rng.normal(size=(cols, cols)) / np.sqrt(cols)
    scale = rng.uniform(0.2, 5, cols)

    def draw(of):
        return np.round(((centres[of] + rng.normal(size=(len(of), cols))) @ mixing + 2) * scale, 3).astype(np.float32)

    codes, queries = draw(labels), draw(np.arange(5) % classes)
    if constant:
        codes[:, 1] = queries[:, 1] = 7
    s = rng.integers(0, 4, rows).astype(np.float64) if weighted else np.ones(rows)
    scaler = StandardScaler().fit(codes.astype(np.float64), sample_weight=s)
    x, q = (scaler.transform(values.astype(np.float64)) for values in (codes, queries))
    optima = []
    for loss, lambdas in LAMBDAS.items():
        for lam in lambdas:
            w = FIT[loss](x, labels, s, lam, classes)
            value, gradient = objective(loss, w, x, labels, s, lam)
            # The objective is strongly convex in W: it is at most |gradient|²/2λ above its least value.
            if loss != "hinge":
                assert (gradient**2).sum() / (2 * lam) < 1e-7 * value, (name, loss, lam, np.abs(gradient).max())
            scores = q @ w[:, :-1].T + w[:, -1]
            optima.append({"loss": loss, "lambda": lam, "value": round(value, 9), "scores": scores.round(5).tolist()})
    return {
        "name": name,
        "classes": classes,
        "cols": cols,
        "labels": labels.tolist(),
        **({"weights": s.tolist()} if weighted else {}),
        "codes": [round(float(v), 3) for v in codes.ravel()],
        "queries": [round(float(v), 3) for v in queries.ravel()],
        "optima": optima,
    }


def main() -> None:
    rng = np.random.default_rng(11)
    tables = [
        table(rng, "more rows than columns", 90, 6, 3),
        table(rng, "more rows than columns, weighted", 90, 6, 3, weighted=True),
        table(rng, "more columns than rows", 24, 60, 3, apart=0.2),
        table(rng, "more columns than rows, weighted", 24, 60, 4, weighted=True, apart=0.2),
        table(rng, "two classes, a constant column", 40, 8, 2, constant=True),
        table(rng, "seven classes apart", 105, 16, 7, apart=1.5),
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "tables": tables}) + "\n")


if __name__ == "__main__":
    main()
