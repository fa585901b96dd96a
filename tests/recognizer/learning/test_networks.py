import numpy as np
import pytest

from recognizer.bundles import InvalidConfig
from recognizer.learning import networks
from recognizer.recognising.graph import Graph


def test_the_seed_is_the_network_that_the_project_grew_from() -> None:
    seed = networks.build("seed", dropout=0.3)
    names = ["conv2D", "max_pooling", "flatten", "dense", "dropout", "output"]
    assert [layer.name for layer in seed.layers] == names
    assert seed.get_layer("flatten").output.shape == (None, 5_408)
    assert seed.get_layer("dropout").rate == 0.3
    assert seed.count_params() == 693_962


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_every_architecture_turns_images_into_probabilities(name: str) -> None:
    answers = networks.build(name)(np.random.default_rng(0).random((3, 28, 28, 1), np.float32)).numpy()
    assert answers.shape == (3, 10)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_every_architecture_names_its_weights_the_same_way_each_time(name: str) -> None:
    once, twice = ([weight.path for weight in networks.build(name).weights] for _ in range(2))
    assert once == twice
    assert len(set(once)) == len(once)


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_every_architecture_gives_the_same_answers_as_a_litert_graph_at_any_batch_size(name: str) -> None:
    model = networks.build(name)
    graph = Graph(networks.to_litert(model))
    for count in (1, 7):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
        expected = networks.ending_in_logits(model)(images[..., None] / np.float32(255)).numpy()
        np.testing.assert_allclose(graph.logits(images), expected, atol=1e-5)


def test_an_unknown_architecture_is_named_with_those_that_exist() -> None:
    with pytest.raises(InvalidConfig, match=r"no architecture 'sede'; there are: .*seed"):
        networks.build("sede")
