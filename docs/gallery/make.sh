#!/usr/bin/env bash
# Makes every picture of the gallery anew:  make test-setup && docs/gallery/make.sh [NAME ...]
# The models come from torchvision, timm, monai and segmentation-models-pytorch, with random weights.
cd "$(dirname "$0")/../.." || exit 1
export PATH="$PWD/.venv/bin:$PATH"
out=docs/gallery
size=1280x720

picture() { # NAME ARGUMENTS: one snapshot, unless other names were asked for
	local name=$1
	shift
	[ -z "$only" ] || [[ " $only " == *" $name "* ]] || return 0
	walkbox snapshot "$@" --size $size -o "$out/$name.png" || exit 1
}

only=$*

picture demo-entrance demo --entrance
picture demo-overview demo
picture demo-wall demo --layer layer1.0.conv1
picture demo-spiral demo --layout spiral --eye 0,16,14 --look-at 0,0,-6
picture resnet50-block torchvision:resnet50 --eye 14,7,-14 --look-at 2,1,-34
picture densenet201 torchvision:densenet201
picture googlenet torchvision:googlenet
picture convnext timm:convnext_tiny
picture vit timm:vit_small_patch16_224 --layer blocks.0.attn.proj
picture unet monai.networks.nets:BasicUNet --detail layers
picture layout-folded torchvision:resnet50 --layout folded --eye 20,15,6 --look-at 3,0,-16 --fov 50
picture layout-stacked torchvision:resnet50 --layout stacked --eye 14,7,-1 --look-at 8,6,-16 --fov 50
picture demo-error docs/gallery/fails.py

# What one can do in a walk: pictures, walls, panels.
for name in hands-brush hands-carried hands-walls hands-block hands-field panel-map panels panels-light segmentation; do
	[ -z "$only" ] || [[ " $only " == *" $name "* ]] || continue
	python docs/gallery/hands_on.py "$out" "$name" || exit 1
done

# The window, driven by mouse and keyboard.
if [ -z "$only" ] || [[ " $only " == *" desktop "* ]]; then
	home=$(mktemp -d)
	HOME=$home xvfb-run -a -s "-screen 0 ${size}x24" bash -c '
		walkbox run demo --host desktop --frames 600 >/dev/null &
		sleep 12
		xdotool mousemove 700 320 click 1
		sleep 4
		xdotool key F12
		sleep 2
		kill %1' || exit 1
	mv "$home"/Pictures/walkbox/*.png "$out/desktop.png" && echo "$out/desktop.png"
fi

# The headset, driven by a visitor made of numbers: both eyes, and a window and an eye beside each other.
if [ -z "$only" ] || [[ " $only " == *" headset "* ]]; then
	views=$(mktemp -d)
	.venv/bin/python tests/headset/demo.py --visit --save-views "$views" || exit 1
	for name in headset-left headset-right headset-teleport-left headset-and-desktop; do
		mv "$views/$name.png" "$out/" && echo "$out/$name.png"
	done
	rm -r "$views"
fi
