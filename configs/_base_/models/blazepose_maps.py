"""BlazePose as a fixed backbone; for tools/extract_features.py.

What it sees in pictures is computed once and kept, cell by cell:

    for split in train test; do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_maps.py \
        data/freemotion_images/$split.mmarts \
        data/freemotion_images/${split}_c5.mmarts --method kept \
        --crop-size 256 --margin 1.4
    done

Finer and several maps: --cfg-options model.maps="['p3','c6']".
"""
model = dict(type='BlazePoseMaps', maps=('c5', ))
