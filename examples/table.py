"""Write a real table to play with (from scikit-learn): `python examples/table.py cancer.csv`."""

import csv
import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer

found = load_breast_cancer()
with Path(sys.argv[1]).open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow([*(n.replace(" ", "_") for n in found.feature_names), "diagnosis"])
    for values, label in zip(found.data, found.target, strict=True):
        writer.writerow([*values, found.target_names[label]])
