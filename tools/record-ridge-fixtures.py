"""Records test/fixtures/methods/ridge-knn.json: what scikit-learn says on three small tables.

    python tools/record-ridge-fixtures.py

Needs numpy and scikit-learn (recorded with 1.9). Per table: RidgeClassifier's decision function on standardised codes with
sample weights, RidgeCV's leave-one-out predictions at one penalty for ±1 targets, and KNeighborsClassifier's predicted shares
by cosine distance, alike and weighted by exp((cosine - largest cosine) / 0.07).
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import RidgeClassifier, RidgeCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

ALPHAS = [0.5, 8.0]
OUT = Path(__file__).parent.parent / "test" / "fixtures" / "methods" / "ridge-knn.json"


def nearness(distances: np.ndarray) -> np.ndarray:
    return np.exp((distances.min(axis=1, keepdims=True) - distances) / 0.07)


def table(rng: np.random.Generator, rows: int, cols: int, classes: int) -> dict:
    labels = np.arange(rows) % classes
    centres = rng.normal(size=(classes, cols))
    codes = np.round((centres[labels] + rng.normal(size=(rows, cols))) * rng.uniform(0.2, 5, cols) + 1, 3).astype(np.float32)
    queries = np.round(rng.normal(size=(5, cols)) * 2 + 1, 3).astype(np.float32)
    weights = rng.integers(1, 4, rows).astype(np.float64)
    scaler = StandardScaler().fit(codes.astype(np.float64), sample_weight=weights)
    x = scaler.transform(codes.astype(np.float64))
    ridge = []
    for alpha in ALPHAS:
        model = RidgeClassifier(alpha=alpha, solver="cholesky").fit(x, labels, sample_weight=weights)
        decision = model.decision_function(scaler.transform(queries.astype(np.float64)))
        if classes == 2:
            decision = np.stack([-decision, decision], axis=1)
        targets = np.where(labels[:, None] == np.arange(classes), 1.0, -1.0)
        plain = StandardScaler().fit_transform(codes.astype(np.float64))
        # With a scoring, cv_results_ holds the left-out predictions in place of squared errors.
        left_out = np.stack(
            [
                RidgeCV(alphas=[alpha], scoring="neg_mean_squared_error", store_cv_results=True)
                .fit(plain, targets[:, c])
                .cv_results_[:, 0]
                for c in range(classes)
            ],
            axis=1,
        )
        ridge.append({"alpha": alpha, "decision": decision.round(7).tolist(), "leftOut": left_out.round(7).tolist()})
    knn = []
    for k, weighted in [(1, False), (5, False), (5, True)]:
        model = KNeighborsClassifier(k, metric="cosine", weights=nearness if weighted else "uniform").fit(codes, labels)
        distances = model.kneighbors(queries)[0]
        votes = nearness(distances).sum(axis=1) if weighted else np.full(len(queries), float(k))
        shares = model.predict_proba(queries)
        knn.append({"k": k, "weighted": weighted, "votes": votes.round(7).tolist(), "shares": shares.round(7).tolist()})
    return {
        "classes": classes,
        "cols": cols,
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "codes": [float(v) for v in codes.ravel().round(3)],
        "queries": [float(v) for v in queries.ravel().round(3)],
        "ridge": ridge,
        "knn": knn,
    }


def main() -> None:
    rng = np.random.default_rng(7)
    tables = [table(rng, 30, 6, 3), table(rng, 14, 20, 3), table(rng, 16, 5, 2)]
    for each in tables:
        each["codes"] = [round(v, 3) for v in each["codes"]]
        each["queries"] = [round(v, 3) for v in each["queries"]]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "tables": tables}) + "\n")


if __name__ == "__main__":
    main()
