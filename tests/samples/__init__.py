"""Public and hand-written result files of tools, audited together as a reader would have them."""
