"""Benchmarks: each file runs alone, beside its baseline, in the same interleaved run.

A figure is a ratio: how many times better than what one would otherwise use, measured turn by turn
in one run, so that it holds when the machine's speed drifts. Nothing here decides a test.
"""
