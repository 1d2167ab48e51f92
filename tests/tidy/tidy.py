# SPDX-License-Identifier: Apache-2.0
"""The repository lints itself: tidy.py <root> prints each finding as place, rule, and what to do."""

import sys

import includes
import layout
import words
from tree import Tree

RULES = layout.RULES + includes.RULES + words.RULES


def findings(tree):
    return [finding for rule in RULES for finding in rule(tree)]


def main(root):
    tree = Tree.read(root)
    found = findings(tree)
    for finding in found:
        print(finding)
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(found)} findings")
    # A tree without files would pass every rule.
    return 1 if found or not tree.files else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tidy.py <root of the repository>")
    sys.exit(main(sys.argv[1]))
