# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""TFRecord files without TensorFlow: framing, checksums, ``Example``s."""
import struct
from functools import lru_cache
from typing import Iterator, Union

import numpy as np

from .protobuf import read_message, unpack_varints

# A record: length (uint64), its checksum, the data, its checksum.
_LENGTH, _CHECKSUM = struct.Struct('<Q'), struct.Struct('<I')
# CRC-32C (Castagnoli), bits reversed, and what TFRecord adds to it.
_POLYNOMIAL, _MASK_DELTA = 0x82F63B78, 0xA282EAD8
# Bytes of a lane, when a long text is checked in lanes side by side.
_LANE = 512
_SHORT = 'the file is cut short; download it again'


def parse_tfrecord(data: bytes) -> Iterator[bytes]:
    """Records of a file, one after the other, checksums verified.

    Raises:
        ValueError: Naming the record, counted from 0, where it is cut short
            or damaged. Nothing can be read behind that place.
    """
    start, number = 0, 0
    while start < len(data):
        record, start = _next_record(data, start, number)
        yield record
        number += 1


def read_example(record: bytes) -> dict[str, Union[list[bytes], np.ndarray]]:
    """Features of a serialised ``tf.train.Example``.

    Returns:
        Name -> list of bytes, float32 or int64 array, ``(N,)``.

    Raises:
        ValueError: If it is no ``Example``.
    """
    features = {}
    for holder in read_message(record).get(1, []):
        for entry in read_message(holder).get(1, []):
            fields = read_message(entry)
            name = fields.get(1, [b''])[0].decode()
            features[name] = _values(fields.get(2, [b''])[0])
    return features


def masked_crc32c(data: bytes) -> int:
    """The checksum that stands behind a length and behind the data."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def crc32c(data: bytes) -> int:
    """CRC-32C of RFC 3720, appendix B.4.

    A long text is cut into lanes that numpy runs side by side; their
    remainders are put together by what a lane of zeros does to a remainder,
    which is linear.
    """
    state, table, count = 0xFFFFFFFF, _byte_table(), len(data) // _LANE
    if count > 1:
        lanes = np.frombuffer(data, np.uint8, count * _LANE)
        remainders = _run(
            np.zeros(count, np.uint32), lanes.reshape(count, _LANE))
        shift = _zeros_table()
        for remainder in remainders.tolist():
            state = _shifted(state, shift) ^ remainder
        data = data[count * _LANE:]
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    return state ^ 0xFFFFFFFF


def _run(state: np.ndarray, lanes: np.ndarray) -> np.ndarray:
    """Remainders ``(N,)`` after the bytes ``(N, L)`` of every lane."""
    table = np.array(_byte_table(), np.uint32)
    for column in np.ascontiguousarray(lanes.T):
        state = table[(state ^ column) & 0xFF] ^ state >> 8
    return state


@lru_cache
def _byte_table() -> list[int]:
    table = []
    for state in range(256):
        for _ in range(8):
            state = state >> 1 ^ (_POLYNOMIAL if state & 1 else 0)
        table.append(state)
    return table


@lru_cache
def _zeros_table() -> list[list[int]]:
    """What a lane of zeros makes of each byte of a remainder."""
    values = np.arange(256, dtype=np.uint32)
    zeros = np.zeros((256, _LANE), np.uint8)
    return [_run(values << shift, zeros).tolist() for shift in (0, 8, 16, 24)]


def _shifted(state: int, table: list[list[int]]) -> int:
    return (table[0][state & 0xFF] ^ table[1][state >> 8 & 0xFF]
            ^ table[2][state >> 16 & 0xFF] ^ table[3][state >> 24])


def _next_record(data: bytes, start: int, number: int) -> tuple[bytes, int]:
    """A record and where the next one begins."""
    lead = data[start:start + _LENGTH.size]
    start += _LENGTH.size + _CHECKSUM.size
    if start > len(data):
        raise ValueError(f'record {number}: {_SHORT}')
    expected, = _CHECKSUM.unpack_from(data, start - _CHECKSUM.size)
    if masked_crc32c(lead) != expected:
        raise ValueError(f'record {number}: no TFRecord, or damaged (the '
                         'checksum of the length is wrong)')
    end = start + _LENGTH.unpack(lead)[0]
    if end + _CHECKSUM.size > len(data):
        raise ValueError(f'record {number}: {_SHORT}')
    expected, = _CHECKSUM.unpack_from(data, end)
    if masked_crc32c(data[start:end]) != expected:
        raise ValueError(f'record {number}: damaged (the checksum of the data '
                         'is wrong); download the file again')
    return data[start:end], end + _CHECKSUM.size


def _values(feature: bytes) -> Union[list[bytes], np.ndarray]:
    """A ``Feature``: one of bytes (1), floats (2), integers (3)."""
    for kind, content in read_message(feature).items():
        entries = read_message(content[0]).get(1, [])
        if kind == 1:
            return entries
        if kind == 2:
            return np.frombuffer(b''.join(entries), '<f4')
        if kind == 3:
            return _integers(entries)
    return np.zeros(0, np.float32)


def _integers(entries: list) -> np.ndarray:
    """Packed bytes, or numbers one by one."""
    numbers = []
    for entry in entries:
        numbers += unpack_varints(entry) if isinstance(entry,
                                                       bytes) else [entry]
    return np.array(numbers, np.uint64).astype(np.int64)
