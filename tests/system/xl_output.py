# SPDX-License-Identifier: MIT
"""Takes apart what Xen's tools print."""
import re


def fields(text):
    """{"nr_cpus": "2", ...} of the "name : value" lines of `xl info` and the like."""
    return {name.strip(): value.strip() for name, colon, value in
            (line.partition(":") for line in text.splitlines()) if colon}


def domains(text):
    """The rows of `xl list` by domain name: id, memory in MiB, vCPUs, state letters, CPU seconds."""
    rows = {}
    for line in text.splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([-rbpscdi]{6})\s+([0-9.]+)$", line)
        if match:
            rows[match.group(1)] = {"id": int(match.group(2)), "memory": int(match.group(3)), "vcpus": int(match.group(4)),
                                    "state": match.group(5), "seconds": float(match.group(6))}
    return rows


def vcpus(text):
    """The rows of `xl vcpu-list`: domain, id, vcpu, cpu (None when offline), state, seconds, hard and soft affinity."""
    rows = []
    for line in text.splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(\d+)\s+(\d+|-)\s+([-rbp]{3})\s+([0-9.]+)\s+(\S+) / (\S+)$", line)
        if match:
            cpu = None if match.group(4) == "-" else int(match.group(4))
            rows.append({"domain": match.group(1), "id": int(match.group(2)), "vcpu": int(match.group(3)), "cpu": cpu,
                         "state": match.group(5), "seconds": float(match.group(6)), "hard": match.group(7),
                         "soft": match.group(8)})
    return rows
