"""What a browser shows of the report and of the UI; needs Chromium."""
