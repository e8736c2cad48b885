"""What runs left behind, read and set side by side. Nothing here needs torch."""
