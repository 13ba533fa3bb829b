"""What the pages share and compute nothing of: the models there are, work in the background, and what it finds."""
