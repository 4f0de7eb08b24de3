"""Other people's architectures, captured whole. Slow: the marker `menagerie` runs last."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import warnings

import pytest
import torch
from model_checks import SEED, check
from zoo import ZOO

from walkbox.capture.packages import torchvision_forgiven

pytestmark = [pytest.mark.menagerie, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def _offline_on_two_cores():
    threads = torch.get_num_threads()
    torch.set_num_threads(min(2, threads))
    os.environ["HF_HUB_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torchvision_forgiven(), contextlib.suppress(ModuleNotFoundError):  # each entry that needs it says so
            importlib.import_module("torchvision")
    yield
    torch.set_num_threads(threads)


def build(name: str):
    """The model of that name; skips where its package is absent, which on the build machine is a failure."""
    torch.manual_seed(SEED)
    try:
        model, args, *kwargs = ZOO[name]()
    except ImportError as error:
        reason = f"{error}; `pip install -c constraints.txt -r tests/menagerie/requirements.txt` brings it"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return model.eval(), args, kwargs[0] if kwargs else {}


def test_there_are_enough_of_them():
    assert len(ZOO) >= 60


@pytest.mark.parametrize("name", ZOO)
def test_captured_whole(name: str):
    model, args, kwargs = build(name)
    recording = check(model, args, kwargs)
    sizes = [len(recording.graph(detail).layers) for detail in ("ops", "layers", "blocks")]
    assert sizes == sorted(sizes, reverse=True)
    del model, recording
    gc.collect()


@pytest.mark.parametrize(
    ("name", "block", "count"),
    [
        ("torchvision resnet50", "bottleneck", 16),
        ("torchvision densenet121", "dense_layer", 58),
        ("torchvision swin_t", "swin_transformer_block", 12),
        ("torchvision vit_b_32", "encoder_block", 12),
        ("torchvision convnext_tiny", "cnblock", 18),
        ("timm inception_v4", "inception_b", 7),
        ("transformers BERT", "bert_layer", 2),
        ("transformers GPT-2", "gpt2_block", 2),
        ("smp UnetPlusPlus", "decoder_block", 11),
    ],
)
def test_blocks_are_what_a_person_would_name(name: str, block: str, count: int):
    from walkbox.capture.recorder import record

    model, args, kwargs = build(name)
    graph = record(model, args, kwargs).graph("blocks")
    assert [layer.op for layer in graph.layers].count(block) == count


@pytest.mark.parametrize(
    ("name", "layer", "maps"),
    [
        ("timm vit_tiny_patch16_224", "blocks.0.norm1", ("tokens", 192, 14, 16, 1)),
        ("timm deit_tiny_distilled_patch16_224", "blocks.0.norm1", ("tokens", 192, 14, 16, 2)),
        ("timm vit_small_patch14_reg4_dinov2", "blocks.0.norm1", ("tokens", 384, 8, 10, 5)),
        ("torchvision swin_t", "features.1.0.norm1", ("maps", 96, 16, 16, 0)),
        ("transformers GPT-2", "transformer.h.0.ln_1", ("matrix", 1, 9, 32, 0)),
        ("transformers GPT-2, eager attention", "h.0.attn.softmax", ("attention", 2, 9, 9, 0)),
        ("monai 3-D U-Net", "model.0.conv.unit0.conv", ("volume", 4, 8, 8, 0)),
    ],
)
def test_values_are_shown_as_what_they_are(name: str, layer: str, maps: tuple):
    from walkbox.capture.recorder import record

    model, args, kwargs = build(name)
    found = record(model, args, kwargs).graph("layers").layer(layer).maps
    assert (found.kind, found.count, found.height, found.width, found.prefix) == maps
