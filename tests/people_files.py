# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Writes tiny files of datasets in their original formats."""
import json

import cv2
import numpy as np


def write_picture(path, width, height):
    """A grey JPEG or PNG of that size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


def write_json(path, content):
    """JSON, NaN included, as Python and many others write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def cut_short(path):
    """Keep the first half of a file, as an interrupted download does."""
    data = path.read_bytes()
    path.write_bytes(data[:len(data) // 2])


def tfrecord(*records):
    """Bytes of a TFRecord file; the checksum is that of its definition."""
    data = b''
    for record in records:
        length = len(record).to_bytes(8, 'little')
        data += length + _masked(length) + record + _masked(record)
    return data


def _masked(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = _CRC[(state ^ byte) & 0xFF] ^ state >> 8
    state ^= 0xFFFFFFFF
    masked = ((state >> 15 | state << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return masked.to_bytes(4, 'little')


def _crc_table():
    for state in range(256):
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
        yield state


_CRC = list(_crc_table())


def example(features, packed=True):
    """A serialised ``tf.train.Example``, after its .proto."""
    entries = b''
    for name, values in features.items():
        feature = _feature(values, packed)
        entry = _bytes(1, name.encode()) + _bytes(2, feature)
        entries += _bytes(1, entry)
    return _bytes(1, entries)


def _feature(values, packed):
    if isinstance(values, list):
        return _bytes(1, b''.join(_bytes(1, v) for v in values))
    if values.dtype.kind == 'f':
        texts, field = [v.tobytes() for v in values.astype('<f4')], 2
    else:
        texts, field = [_varint(int(v) % 2**64) for v in values], 3
    if packed:
        return _bytes(field, _bytes(1, b''.join(texts)))
    key = bytes([1 << 3 | (5 if field == 2 else 0)])
    return _bytes(field, b''.join(key + text for text in texts))


def _bytes(field, data):
    return bytes([field << 3 | 2]) + _varint(len(data)) + data


def _varint(number):
    data = []
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])
