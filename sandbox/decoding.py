"""Prepares lightkube's decoding for several threads."""

from __future__ import annotations

from typing import Any

import msgspec
from lightkube.core.decoders import WatchEvent
from lightkube.models.meta_v1 import ObjectMeta, Status


def prepare_decoding(*kinds: Any) -> None:
    """
    Have msgspec, which decodes for lightkube, look at every type once, before there are threads: it does so at the
    type's first use, and two threads that do it at once crash the process.

    :param kinds: the classes of the objects that will be read
    """
    for used in (WatchEvent, ObjectMeta, Status, *kinds):
        msgspec.json.Decoder(used)
