"""Which address a group gets."""

import ipaddress
import random
from collections.abc import Iterable

from aci_emulator.life.model import Group

PUBLIC = ipaddress.ip_network("20.0.0.0/8")
PRIVATE = ipaddress.ip_network("10.0.0.0/16")
"""Subnets are not known to the emulator: each is taken to be this one."""


def choose(group: Group, others: Iterable[Group], chance: random.Random) -> str | None:
    """A free address of the right kind; None for a group that asks for none.

    Public addresses are unique among all groups, private ones within their subnet.
    """
    address = group.properties.get("ipAddress")
    if address is None:
        return None
    private = address["type"] == "Private"
    subnets = group.subnets if private else []
    taken = {ip for g in others if (g.subnets if private else []) == subnets for ip in (g.ip, g.next_ip)}
    network = PRIVATE if private else PUBLIC
    while True:
        # The first and last addresses of a subnet are the platform's.
        ip = str(network[chance.randrange(4, network.num_addresses - 1)])
        if ip not in taken:
            return ip
