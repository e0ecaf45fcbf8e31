"""The product, one module per arrow.

load → plan → render → run → collect → anonymize → judge → aggregate → report
"""
