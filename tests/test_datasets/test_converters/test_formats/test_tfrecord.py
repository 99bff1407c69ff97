# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import example, tfrecord

from mmarts.datasets.converters.formats.protobuf import (read_message,
                                                         unpack_varints)
from mmarts.datasets.converters.formats.tfrecord import (crc32c,
                                                         parse_tfrecord,
                                                         read_example)


def test_crc32c_of_the_standard():
    # RFC 3720, appendix B.4, and the check value of every catalogue.
    assert crc32c(b'123456789') == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b'\xff' * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


@pytest.mark.parametrize('size', [511, 1024, 1025, 50_000])
def test_crc32c_of_long_texts_in_lanes(size):
    data = np.random.default_rng(size).bytes(size)
    state = 0xFFFFFFFF  # bit by bit
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    assert crc32c(data) == state ^ 0xFFFFFFFF


def test_an_example_comes_back():
    features = dict(
        words=[b'a', b'', b'xyz' * 500],
        numbers=np.array([0, 1, 127, 128, 2**40, -1, -2**62]),
        halves=np.array([0.5, -3, np.inf], np.float32))
    record, = parse_tfrecord(tfrecord(example(features)))
    back = read_example(record)
    assert back['words'] == features['words']
    assert back['numbers'].tolist() == features['numbers'].tolist()
    assert back['halves'].tolist() == features['halves'].tolist()
    # Numbers may come one by one instead of packed.
    back = read_example(example(features, packed=False))
    assert back['numbers'].tolist() == features['numbers'].tolist()
    assert back['halves'].tolist() == features['halves'].tolist()


def test_records_follow_each_other():
    data = tfrecord(b'one', b'', b'three')
    assert list(parse_tfrecord(data)) == [b'one', b'', b'three']


@pytest.mark.robustness
def test_damage_is_found_where_it_is():
    data = tfrecord(b'first', b'second' * 300)
    for position, words in ((2, 'record 0: no TFRecord'),
                            (9, 'record 0: no TFRecord'),
                            (13, 'record 0: damaged'), (len(data) - 1,
                                                        'record 1: damaged'),
                            (len(data) - 50, 'record 1: damaged')):
        broken = bytearray(data)
        broken[position] ^= 1
        with pytest.raises(ValueError, match=words):
            list(parse_tfrecord(bytes(broken)))
    for length in (1, 11, 14, len(data) - 1):
        with pytest.raises(ValueError, match='cut short'):
            list(parse_tfrecord(data[:length]))


@pytest.mark.robustness
@pytest.mark.parametrize('data, words', [
    (b'\x80' * 11, 'cut short'),
    (b'\x0a\x05abc', 'cut short'),
    (b'\x0b', 'wire type 3'),
    (b'\x02\x01a', 'field 0'),
    (b'\x0d\x00', 'cut short'),
])
def test_what_is_no_message(data, words):
    with pytest.raises(ValueError, match=words):
        read_message(data)


@pytest.mark.robustness
def test_packed_numbers_end():
    assert unpack_varints(b'\x01\xac\x02') == [1, 300]
    with pytest.raises(ValueError, match='cut short'):
        unpack_varints(b'\x01\xac')
