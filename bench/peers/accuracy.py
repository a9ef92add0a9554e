"""Out-of-fold accuracy of scikit-learn's logistic regression: standardised codes, C = 1, 5 stratified folds.

    python bench/peers/accuracy.py CODES.npy LABELS.json
"""
import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
codes = np.load(sys.argv[1])
labels = np.array(json.load(open(sys.argv[2])))
model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
folds = StratifiedKFold(5, shuffle=True, random_state=0)
predicted = cross_val_predict(model, codes, labels, cv=folds)
print(json.dumps({"accuracy": float((predicted == labels).mean())}))
