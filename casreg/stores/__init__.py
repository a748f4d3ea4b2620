"""Backends: six verbs over keys (protocol.py), and wrappers that add one behaviour each."""
