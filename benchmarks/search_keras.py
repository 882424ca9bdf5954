"""KerasTuner (torch behind Keras) over the same space and budget; runs in a venv of its own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import digits
import keras
import keras_tuner


def build(hp: Any) -> keras.Model:
    """Make one trial's model."""
    width = hp.Choice("width", list(digits.WIDTHS))
    p = hp.Float("dropout", *digits.DROPOUT)
    layers: list[Any] = [keras.Input((64,))]
    for _ in range(hp.Int("depth", *digits.DEPTHS)):
        layers += [keras.layers.Dense(width, activation="relu"), keras.layers.Dropout(p)]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])
    steps = digits.EPOCHS * (1347 // digits.BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        hp.Float("learning_rate", *digits.RATE, sampling="log"), steps
    )
    decay = hp.Float("weight_decay", *digits.DECAY, sampling="log")
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=decay),
        loss="sparse_categorical_crossentropy", metrics=["accuracy"],
    )  # fmt: skip
    return model


def main() -> None:
    """Search, and print the best accuracy."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, required=True)
    given = asked.parse_args()
    x, x_valid, y, y_valid = digits.digits()
    tuner = keras_tuner.BayesianOptimization(
        build, objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=digits.TRIALS,
        directory=str(given.folder), project_name="digits", seed=0,
    )  # fmt: skip
    tuner.search(
        x, y, validation_data=(x_valid, y_valid), epochs=digits.EPOCHS, batch_size=digits.BATCH,
        verbose=0,
    )  # fmt: skip
    best = tuner.oracle.get_best_trials(1)[0].score
    print(json.dumps({"best": float(best)}))


if __name__ == "__main__":
    main()
