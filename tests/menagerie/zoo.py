"""Architectures that other people wrote, small where their makers let us choose, with random weights.

Each entry gives a model and its example: ``(model, args)`` or ``(model, args, kwargs)``.
"""

# The types that these packages declare do not fit what they take.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

ZOO: dict[str, Callable[[], tuple[Any, ...]]] = {}


def entry(name: str) -> Callable[[Callable[[], tuple[Any, ...]]], Callable[[], tuple[Any, ...]]]:
    def add(function: Callable[[], tuple[Any, ...]]) -> Callable[[], tuple[Any, ...]]:
        ZOO[name] = function
        return function

    return add


def picture(side: int = 64, channels: int = 3, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, channels, side, side)


# -------------------------------------------------------------------- torchvision

for _name, _side in {
    "alexnet": 96,
    "vgg11_bn": 64,
    "resnet18": 64,
    "resnet50": 64,
    "resnext50_32x4d": 64,
    "wide_resnet50_2": 64,
    "densenet121": 64,
    "densenet201": 64,
    "squeezenet1_1": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "mnasnet0_5": 64,
    "shufflenet_v2_x0_5": 64,
    "efficientnet_b0": 64,
    "efficientnet_v2_s": 64,
    "regnet_y_400mf": 64,
    "convnext_tiny": 64,
    "vit_b_32": 224,
    "swin_t": 64,
    "swin_v2_t": 64,
    "maxvit_t": 224,
}.items():

    def _torchvision(name: str = _name, side: int = _side) -> tuple[Any, ...]:
        import torchvision

        return torchvision.models.get_model(name, weights=None), (picture(side),)

    ZOO[f"torchvision {_name}"] = _torchvision


@entry("torchvision googlenet")
def _() -> tuple[Any, ...]:
    import torchvision

    return torchvision.models.googlenet(weights=None, init_weights=False, aux_logits=False), (picture(64),)


@entry("torchvision inception_v3")
def _() -> tuple[Any, ...]:
    import torchvision

    return torchvision.models.inception_v3(weights=None, init_weights=False), (picture(96),)


@entry("torchvision deeplabv3")
def _() -> tuple[Any, ...]:
    import torchvision

    models = torchvision.models.segmentation
    return models.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None), (picture(64),)


@entry("torchvision fcn")
def _() -> tuple[Any, ...]:
    import torchvision

    return torchvision.models.segmentation.fcn_resnet50(weights=None, weights_backbone=None), (picture(64),)


@entry("torchvision lraspp")
def _() -> tuple[Any, ...]:
    import torchvision

    models = torchvision.models.segmentation
    return models.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None), (picture(64),)


@entry("torchvision r3d video")
def _() -> tuple[Any, ...]:
    import torchvision

    return torchvision.models.video.r3d_18(weights=None), (torch.rand(1, 3, 4, 32, 32),)


@entry("torchvision raft optical flow")
def _() -> tuple[Any, ...]:
    import torchvision

    model = torchvision.models.optical_flow.raft_small(weights=None)
    return model, (picture(128), picture(128)), {"num_flow_updates": 2}


# -------------------------------------------------------------------- timm

for _name, _options, _side in (
    ("convnextv2_atto", {}, 64),
    ("swin_tiny_patch4_window7_224", {"depths": (1, 1, 2, 1)}, 224),
    ("vit_tiny_patch16_224", {"depth": 3}, 224),
    ("deit_tiny_distilled_patch16_224", {"depth": 2}, 224),
    ("vit_small_patch14_reg4_dinov2", {"depth": 2, "img_size": 112}, 112),
    ("hrnet_w18_small", {}, 64),
    ("inception_v4", {}, 96),
    ("xception41", {}, 64),
    ("mixer_s32_224", {}, 224),
    ("gmlp_ti16_224", {}, 224),
    ("levit_128s", {}, 224),
    ("mobilevit_xxs", {}, 64),
    ("coatnet_nano_rw_224", {}, 224),
    ("poolformer_s12", {}, 64),
    ("res2net50_26w_4s", {}, 64),
    ("resnest14d", {}, 64),
    ("dpn48b", {}, 64),
    ("vovnet39a", {}, 64),
    ("repvgg_a0", {}, 64),
    ("nfnet_l0", {}, 64),
    ("edgenext_xx_small", {}, 64),
    ("efficientformer_l1", {}, 224),
    ("pvt_v2_b0", {}, 64),
    ("xcit_nano_12_p16_224", {}, 224),
    ("skresnet18", {}, 64),
    ("cait_xxs24_224", {"depth": 3}, 224),
    ("tf_efficientnet_lite0", {}, 64),
    ("mobilenetv4_conv_small", {}, 64),
    ("ghostnet_050", {}, 64),
    ("volo_d1_224", {}, 224),
):

    def _timm(name: str = _name, options: dict[str, Any] = _options, side: int = _side) -> tuple[Any, ...]:
        import timm

        return timm.create_model(name, pretrained=False, **options), (picture(side),)

    ZOO[f"timm {_name}"] = _timm


# -------------------------------------------------------------------- pytorchcv

for _name, _shape in {
    "preresnet10": (3, 224, 224),
    "seresnet10": (3, 224, 224),
    "bagnet9": (3, 224, 224),
    "dla34": (3, 224, 224),
    "diracnet18v2": (3, 224, 224),
    "shufflenet_g3_wd4": (3, 224, 224),
    "inceptionv4": (3, 299, 299),
    "efficientnet_b0": (3, 224, 224),
    "nin_cifar10": (3, 32, 32),
    "densenet40_k12_cifar10": (3, 32, 32),
    "pyramidnet110_a48_cifar10": (3, 32, 32),
    "ror3_56_cifar10": (3, 32, 32),
}.items():

    def _pytorchcv(name: str = _name, shape: tuple[int, ...] = _shape) -> tuple[Any, ...]:
        from pytorchcv.model_provider import get_model

        return get_model(name, pretrained=False), (torch.rand(1, *shape),)

    ZOO[f"pytorchcv {_name}"] = _pytorchcv


# -------------------------------------------------------------------- segmentation-models-pytorch

for _name in (
    "Unet",
    "UnetPlusPlus",
    "FPN",
    "PSPNet",
    "PAN",
    "Linknet",
    "MAnet",
    "DeepLabV3Plus",
    "Segformer",
    "UPerNet",
):

    def _smp(name: str = _name) -> tuple[Any, ...]:
        import segmentation_models_pytorch as smp

        return getattr(smp, name)("resnet18", encoder_weights=None), (picture(128),)

    ZOO[f"smp {_name}"] = _smp


# -------------------------------------------------------------------- monai


@entry("monai 3-D U-Net")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import UNet

    return UNet(3, 1, 2, (4, 8, 16), (2, 2), num_res_units=2), (torch.rand(1, 1, 16, 16, 16),)


@entry("monai attention U-Net")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import AttentionUnet

    return AttentionUnet(2, 1, 2, (4, 8, 16), (2, 2)), (torch.rand(1, 1, 32, 32),)


@entry("monai V-Net")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import VNet

    return VNet(), (torch.rand(1, 1, 32, 32, 32),)


@entry("monai SegResNet")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import SegResNet

    return SegResNet(3, 8), (torch.rand(1, 1, 16, 16, 16),)


@entry("monai Swin UNETR")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import SwinUNETR

    return SwinUNETR(in_channels=1, out_channels=2, feature_size=12, spatial_dims=2), (torch.rand(1, 1, 64, 64),)


@entry("monai UNETR")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import UNETR

    model = UNETR(1, 2, (32, 32, 32), feature_size=4, hidden_size=24, mlp_dim=48, num_heads=3)
    return model, (torch.rand(1, 1, 32, 32, 32),)


@entry("monai GAN generator")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import Generator

    return Generator((16,), (8, 4, 4), (8, 4, 1), (2, 2, 1)), (torch.rand(1, 16),)


@entry("monai GAN discriminator")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import PatchDiscriminator

    return PatchDiscriminator(spatial_dims=2, channels=8, in_channels=1, num_layers_d=2), (torch.rand(1, 1, 32, 32),)


@entry("monai diffusion U-Net")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import DiffusionModelUNet

    model = DiffusionModelUNet(2, 1, 1, (1, 1), (8, 16), (False, True), norm_num_groups=4, num_head_channels=8)
    return model, (torch.rand(1, 1, 16, 16), torch.tensor([3]))


@entry("monai VQ-VAE")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import VQVAE

    step = (2, 4, 1, 1)
    model = VQVAE(
        2,
        1,
        1,
        channels=(8, 8),
        num_res_layers=1,
        num_res_channels=(8, 8),
        downsample_parameters=(step, step),
        upsample_parameters=((*step, 0), (*step, 0)),
        num_embeddings=16,
        embedding_dim=8,
    )
    return model, (torch.rand(1, 1, 32, 32),)


@entry("monai autoencoder KL")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import AutoencoderKL

    model = AutoencoderKL(
        2, num_res_blocks=(1, 1), channels=(8, 8), attention_levels=(False, True), latent_channels=2, norm_num_groups=4
    )
    return model, (torch.rand(1, 1, 16, 16),)


@entry("monai variational autoencoder")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import VarAutoEncoder

    return VarAutoEncoder(2, (1, 32, 32), 1, 4, (4, 8), (2, 2)), (torch.rand(1, 1, 32, 32),)


@entry("monai VoxelMorph")
def _() -> tuple[Any, ...]:
    from monai.networks.nets import VoxelMorphUNet

    return VoxelMorphUNet(2, 2, 8, (8, 8, 8, 8, 8, 8), (8, 8)), (torch.rand(1, 2, 32, 32),)


# -------------------------------------------------------------------- transformers

_SMALL: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def tokens(count: int = 9) -> torch.Tensor:
    return torch.arange(count)[None] % 50


@entry("transformers BERT")
def _() -> tuple[Any, ...]:
    from transformers import BertConfig, BertForSequenceClassification

    model = BertForSequenceClassification(BertConfig(vocab_size=60, max_position_embeddings=32, **_SMALL))
    return model, (), {"input_ids": tokens(), "attention_mask": torch.ones(1, 9, dtype=torch.long)}


@entry("transformers GPT-2")
def _() -> tuple[Any, ...]:
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(vocab_size=60, n_positions=32, n_embd=32, n_layer=2, n_head=2)), (tokens(),)


@entry("transformers GPT-2, eager attention")
def _() -> tuple[Any, ...]:
    from transformers import GPT2Config, GPT2Model

    config = GPT2Config(vocab_size=60, n_positions=32, n_embd=32, n_layer=2, n_head=2, attn_implementation="eager")
    return GPT2Model(config), (tokens(),), {"output_attentions": True}


@entry("transformers T5")
def _() -> tuple[Any, ...]:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(vocab_size=60, d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2, decoder_start_token_id=0)
    return T5ForConditionalGeneration(config), (), {"input_ids": tokens(), "decoder_input_ids": tokens(4)}


@entry("transformers Llama")
def _() -> tuple[Any, ...]:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(vocab_size=60, num_key_value_heads=1, **_SMALL)), (tokens(),)


@entry("transformers Mixtral, a mixture of experts")
def _() -> tuple[Any, ...]:
    from transformers import MixtralConfig, MixtralForCausalLM

    config = MixtralConfig(vocab_size=60, num_key_value_heads=1, num_local_experts=4, **_SMALL)
    return MixtralForCausalLM(config), (tokens(),)


@entry("transformers Mamba")
def _() -> tuple[Any, ...]:
    from transformers import MambaConfig, MambaForCausalLM

    config = MambaConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, state_size=4)
    return MambaForCausalLM(config), (tokens(5),)


@entry("transformers ViT")
def _() -> tuple[Any, ...]:
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(ViTConfig(image_size=64, **_SMALL)), (picture(64),)


@entry("transformers Swin")
def _() -> tuple[Any, ...]:
    from transformers import SwinConfig, SwinForImageClassification

    config = SwinConfig(image_size=64, embed_dim=16, depths=[1, 2], num_heads=[2, 4], window_size=4)
    return SwinForImageClassification(config), (picture(64),)


@entry("transformers SegFormer")
def _() -> tuple[Any, ...]:
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    config = SegformerConfig(depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 24, 32], decoder_hidden_size=16)
    return SegformerForSemanticSegmentation(config), (picture(64),)


@entry("transformers DETR")
def _() -> tuple[Any, ...]:
    from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig

    backbone = ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], out_features=["stage4"]
    )
    config = DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=backbone,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_queries=5,
    )
    return DetrForObjectDetection(config), (picture(64),)


@entry("transformers CLIP")
def _() -> tuple[Any, ...]:
    from transformers import CLIPConfig, CLIPModel

    text = {**_SMALL, "vocab_size": 60, "max_position_embeddings": 16, "projection_dim": 16, "eos_token_id": 2}
    vision = {**_SMALL, "image_size": 32, "patch_size": 8, "projection_dim": 16}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    return CLIPModel(config), (), {"input_ids": tokens(), "pixel_values": picture(32)}


@entry("transformers Whisper")
def _() -> tuple[Any, ...]:
    from transformers import WhisperConfig, WhisperModel

    config = WhisperConfig(
        vocab_size=60,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    return WhisperModel(config), (), {"input_features": torch.rand(1, 80, 40), "decoder_input_ids": tokens(4)}


@entry("transformers wav2vec 2.0")
def _() -> tuple[Any, ...]:
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    config = Wav2Vec2Config(
        conv_dim=(8, 8), conv_stride=(5, 2), conv_kernel=(10, 3), num_conv_pos_embedding_groups=4, **_SMALL
    )
    return Wav2Vec2Model(config), (torch.rand(1, 2000),)


# -------------------------------------------------------------------- torch itself


@entry("torch LSTM")
def _() -> tuple[Any, ...]:
    return torch.nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True), (torch.rand(1, 12, 6),)


@entry("torch Transformer")
def _() -> tuple[Any, ...]:
    return torch.nn.Transformer(16, 2, 2, 2, 32, batch_first=True), (torch.rand(1, 5, 16), torch.rand(1, 7, 16))
