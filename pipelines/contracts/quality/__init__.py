"""Quality: what arrived, what was left out, and what the audit found."""
