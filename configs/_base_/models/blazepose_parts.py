"""BlazePose as DSD's fixed trunk; for tools/extract_features.py.

    for name in freemotion_images freemotion_clips; do for split in train test
    do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_parts.py data/$name/$split.mmarts \
        data/$name/${split}_blazepose.mmarts --crop-size 256 --margin 1.4
    done; done
"""
model = dict(type='BlazePoseParts')
