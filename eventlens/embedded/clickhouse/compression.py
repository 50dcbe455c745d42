"""Blocks of clients that ask for compression: LZ4 frames with a checksum, as the driver's own classes make them."""

import struct

from clickhouse_driver.bufferedreader import CompressedBufferedReader
from clickhouse_driver.compression import get_decompressor_cls
from clickhouse_driver.compression.lz4 import Compressor
from clickhouse_driver.reader import read_binary_uint128
from clickhouse_driver.streams.compressed import CityHash128

from .recorder import BUFFER_BYTES, Recorder, Tap


def compress(block: bytes) -> bytes:
    compressor = Compressor()
    compressor.write(block)
    method = bytes([compressor.method_byte])
    frame: bytes = method + compressor.get_compressed_data(len(method))
    checksum: int = CityHash128(frame)
    return struct.pack("<QQ", checksum >> 64, checksum & (2**64 - 1)) + frame


def decompressing(raw: Recorder) -> Recorder:
    """Reads what is inside the frames; a client ends a frame with each block."""
    tap = Tap(raw.tap.connection)

    def next_frame() -> bytes:
        checksum = read_binary_uint128(raw)
        method = raw.read_one()
        decompressor = get_decompressor_cls(method)(raw)
        data: bytes = decompressor.get_decompressed_data(method, checksum, 1)
        tap.note(data)
        return data

    return Recorder(CompressedBufferedReader(next_frame, BUFFER_BYTES), tap)
