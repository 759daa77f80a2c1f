"""P13: by openpyxl, the way it takes least memory."""

from peers.xlsx.side import written
from sides import Given, Sample


def measure(given: Given) -> Sample:
    return written(given, "openpyxl")
