import pytest
import torch
from torch import nn

from lr_plugin.task.models import CNN, MLP, CharGRU


def parameters(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def test_an_mlp_has_the_weights_of_its_layers() -> None:
    assert parameters(MLP(inputs=64, hidden=[128], classes=10)) == 64 * 128 + 128 + 128 * 10 + 10


def test_an_mlp_without_hidden_layers_is_a_linear_classifier() -> None:
    assert parameters(MLP(inputs=64, hidden=[], classes=10)) == 64 * 10 + 10


def test_an_mlp_takes_any_number_of_hidden_layers() -> None:
    net = MLP(inputs=6, hidden=[5, 4, 3], classes=2)
    widths = [layer.out_features for layer in net if isinstance(layer, nn.Linear)]
    assert widths == [5, 4, 3, 2]


@pytest.mark.parametrize("side", [8, 28])
def test_a_cnn_maps_images_to_logits(side: int) -> None:
    assert CNN(side=side, channels=4, classes=10)(torch.zeros(3, 1, side, side)).shape == (3, 10)


@pytest.mark.parametrize(
    "net", [MLP(inputs=64, hidden=[8], classes=3), CNN(side=8, channels=2, classes=3)]
)
def test_every_weight_is_trained(net: nn.Module) -> None:
    net(torch.randn(16, 1, 8, 8)).sum().backward()
    assert all(weight.grad is not None for weight in net.parameters())


def test_a_recurrent_network_of_the_ready_task_has_a_hundred_thousand_weights() -> None:
    net = CharGRU(characters=65, embedding=64, width=128)
    assert parameters(net) == 65 * 64 + 3 * 128 * (64 + 128 + 2) + 65 * 128 + 65


def test_a_prediction_depends_on_no_later_character() -> None:
    torch.manual_seed(0)
    net = CharGRU(characters=5, embedding=3, width=4)
    text, changed = torch.tensor([[0, 1, 2, 3]]), torch.tensor([[0, 1, 4, 0]])
    assert torch.equal(net(text)[..., :2], net(changed)[..., :2])
    assert not torch.equal(net(text)[..., 2], net(changed)[..., 2])


def test_every_weight_of_a_recurrent_network_is_trained() -> None:
    net = CharGRU(characters=5, embedding=3, width=4)
    net(torch.tensor([[0, 1, 2, 3]])).square().sum().backward()
    assert all(weight.grad is not None for weight in net.parameters())
