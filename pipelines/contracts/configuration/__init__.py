"""Configuration as tables: every constant that a formula uses can be checked in SQL."""
