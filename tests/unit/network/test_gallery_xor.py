"""XOR: what one layer cannot learn and two can."""

from danlu.network.gallery.base import Proof
from danlu.network.gallery.mcculloch_pitts import McCullochPitts
from danlu.network.gallery.mlp import Mlp
from danlu.network.gallery.perceptron import Perceptron
from danlu.testing.gallery import learn

XOR = Proof("xor", "accuracy", 0.9, "three of four cases are 0.75", epochs=20)


class PerceptronOnXor(Perceptron):
    proof = XOR


class McCullochPittsOnXor(McCullochPitts):
    proof = XOR


class MlpOnXor(Mlp):
    proof = XOR


def test_one_flat_cut_gets_at_most_three_cases_of_four(tmp_path) -> None:
    assert learn(PerceptronOnXor(), tmp_path).metrics["accuracy"] < 0.8


def test_nor_does_a_threshold_unit(tmp_path) -> None:
    assert learn(McCullochPittsOnXor(), tmp_path).metrics["accuracy"] < 0.8


def test_a_hidden_layer_gets_all_four(tmp_path) -> None:
    assert learn(MlpOnXor(), tmp_path).metrics["accuracy"] > 0.99
