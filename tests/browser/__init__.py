"""The report and the UI in a browser; needs Chromium."""
