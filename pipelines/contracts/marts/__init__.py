"""Marts: what readers ask for, each table complete in itself."""
