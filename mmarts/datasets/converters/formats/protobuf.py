# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The wire format of protocol buffers, read without their package."""
from typing import Union

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types
_FIXED_SIZE = {_FIXED64: 8, _FIXED32: 4}
_MAX_VARINT = 10  # bytes of a 64-bit number


def read_message(data: bytes) -> dict[int, list[Union[int, bytes]]]:
    """Fields of one message, by number, in the order of the data.

    Numbers of variable length come as unsigned integers, all else as the
    bytes they are: the message does not say what they mean.

    Raises:
        ValueError: If it is no such message, or cut short.
    """
    fields, start = {}, 0
    while start < len(data):
        key, start = read_varint(data, start)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, start = read_varint(data, start)
        else:
            size = _FIXED_SIZE.get(wire)
            if wire == _BYTES:
                size, start = read_varint(data, start)
            if size is None or field == 0:
                raise ValueError('no message of protocol buffers (field '
                                 f'{field} of wire type {wire})')
            value, start = data[start:start + size], start + size
            if start > len(data):
                raise ValueError('a message of protocol buffers is cut short')
        fields.setdefault(field, []).append(value)
    return fields


def read_varint(data: bytes, start: int) -> tuple[int, int]:
    """An unsigned number of seven bits a byte, and where it ends.

    Raises:
        ValueError: If it does not end.
    """
    number = 0
    for position, byte in enumerate(data[start:start + _MAX_VARINT]):
        number |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, start + position + 1
    raise ValueError('a number of a message of protocol buffers is cut short')


def unpack_varints(data: bytes) -> list[int]:
    """Numbers of a packed field.

    Raises:
        ValueError: If the last one is cut short.
    """
    numbers, start = [], 0
    while start < len(data):
        number, start = read_varint(data, start)
        numbers.append(number)
    return numbers
