# SPDX-License-Identifier: MIT
"""The rows: what each is, for people, and what we aim at. Names are those that guest and programs tell on the console."""
from dataclasses import dataclass

HALF, TENTH = 0.5, 0.1


@dataclass(frozen=True)
class RowKind:
    name: str
    title: str
    aim: float = HALF


# Titles tell what one repetition does. "guest" rows come from guests/bench, "dom0" rows from benchmarks/dom0.
GUEST_ROWS = (
    RowKind("boot", "boot to dom0's first instruction", TENTH),
    RowKind("hypercall_null", "null hypercall"),
    RowKind("cpuid_exit", "CPUID exit"),
    RowKind("id_register_exit", "exit of reading an identification register"),
    RowKind("multicall_32", "multicall of 32 null calls"),
    RowKind("yield_alone", "yield with nobody else"),
    RowKind("event_handler_2level", "event to self, to its handler, 2-level"),
    RowKind("event_unmask_2level", "unmask of a pending event, to its handler, 2-level"),
    RowKind("event_send_2level", "event send, masked, 2-level"),
    RowKind("event_bind_close_2level", "bind and close, 2-level"),
    RowKind("event_send_2level_4000", "event send, 4,000 channels, 2-level"),
    RowKind("event_bind_close_2level_4000", "bind and close, 4,000 channels, 2-level"),
    RowKind("event_send_fifo", "event send, masked, FIFO"),
    RowKind("event_handler_fifo", "event to self, to its handler, FIFO"),
    RowKind("event_send_masked_unmask_fifo", "masked send, unmask, to the handler, FIFO"),
    RowKind("event_bind_close_fifo", "bind and close, FIFO"),
    RowKind("event_open_fifo_10k", "opening 10,000 channels, each"),
    RowKind("event_send_fifo_10k", "event send, masked, 10,000 channels, FIFO"),
    RowKind("event_handler_fifo_10k", "event to self, to its handler, 10,000 channels, FIFO"),
    RowKind("event_send_masked_unmask_fifo_10k", "masked send, unmask, to the handler, 10,000 channels"),
    RowKind("event_bind_close_fifo_10k", "bind and close, 10,000 channels, FIFO"),
    RowKind("event_each_fifo_10k", "10,000 events queued, then taken, each"),
    RowKind("event_open_fifo_100k", "opening 100,000 channels, each"),
    RowKind("event_send_fifo_100k", "event send, masked, 100,000 channels, FIFO"),
    RowKind("event_handler_fifo_100k", "event to self, to its handler, 100,000 channels, FIFO"),
    RowKind("event_send_masked_unmask_fifo_100k", "masked send, unmask, to the handler, 100,000 channels"),
    RowKind("event_bind_close_fifo_100k", "bind and close, 100,000 channels, FIFO"),
    RowKind("event_each_fifo_100k", "100,000 events queued, then taken, each"),
    RowKind("event_round_trip_vcpu", "event to another vCPU and one back"),
    RowKind("event_round_trip_domain", "event to another domain and one back"),
    RowKind("ipi_self", "IPI to self, to its handler"),
    RowKind("ipi_round_trip_vcpu", "IPI to another vCPU and one back"),
    RowKind("timer_set", "timer set"),
    RowKind("timer_set_and_fire", "timer set and fire, running"),
    RowKind("timer_block_and_wake", "timer set, block, wake"),
    RowKind("context_switch_two", "yield to another guest and back"),
    RowKind("grant_map_1", "grant map, 1 page"),
    RowKind("grant_unmap_1", "grant unmap, 1 page"),
    RowKind("grant_map_16", "grant map, 16 pages"),
    RowKind("grant_unmap_16", "grant unmap, 16 pages"),
    RowKind("grant_copy_1", "grant copy, 1 page"),
    RowKind("grant_copy_16", "grant copy, 16 pages"),
    RowKind("memory_release_1", "memory release, 1 page"),
    RowKind("memory_populate_1", "memory populate, 1 page"),
    RowKind("memory_release_64", "memory release, 64 pages"),
    RowKind("memory_populate_64", "memory populate, 64 pages"),
    RowKind("domain_create", "domain create, 4 MiB", TENTH),
    RowKind("domain_destroy", "domain destroy"),
    RowKind("domain_list", "domain list, 2 domains"),
    RowKind("domain_create_100", "domain create beside 100", TENTH),
    RowKind("domain_destroy_100", "domain destroy beside 100"),
    RowKind("domain_list_100", "domain list, 101 domains"),
    RowKind("domain_create_1000", "domain create beside 1,000", TENTH),
    RowKind("domain_destroy_1000", "domain destroy beside 1,000"),
    RowKind("domain_list_1000", "domain list, 1,001 domains"),
)

DOM0_ROWS = (
    RowKind("boot_linux", "boot to the first instruction of dom0's Linux", TENTH),
    RowKind("dom0_to_userland", "dom0's Linux to its userland with Xen's daemons"),
    RowKind("xl_list", "xl list"),
    RowKind("xl_create", "xl create, 4 MiB guest", TENTH),
    RowKind("xl_destroy", "xl destroy"),
    RowKind("xl_create_debian", "xl create, Debian's kernel, 128 MiB", TENTH),
    RowKind("debian_to_userland", "Debian guest to its userland"),
)

VALUES = {
    "hypervisor_bytes": "memory the hypervisor keeps",
    "bytes_per_domain": "memory per guest of 4 MiB",
}

KINDS = {kind.name: kind for kind in GUEST_ROWS + DOM0_ROWS}


def kind_of(name):
    return KINDS.get(name, RowKind(name, name))


def matching(kinds, text):
    """The kinds whose name or title contains one of the words that `|` separates; all for an empty text."""
    words = [word.lower() for word in text.split("|") if word]
    return [kind for kind in kinds if not words or any(word in kind.name or word in kind.title.lower() for word in words)]
