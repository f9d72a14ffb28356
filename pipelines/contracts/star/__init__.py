"""The star: what the feed says, typed, with every version that it ever had."""
