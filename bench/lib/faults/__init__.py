"""Scripted failures and what a client hears of them: the parts of bench/faults and scripts/demo-tunnel."""
