"""The checksums of what is sent and read are computed in C: kafka-python in Python alone takes 0.2 s for each MB."""

from kafka.record.util import calc_crc32c

from tests.support.linear import cpu_s


def test_a_checksum_takes_no_time_and_is_right() -> None:
    content = bytes(range(256)) * (32 << 10)
    assert min(cpu_s(lambda: calc_crc32c(content)) for _ in range(3)) < 0.2, "of 8 MB"
    assert calc_crc32c(b"123456789") == 0xE3069283
