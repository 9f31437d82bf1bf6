"""Two drivers of the same pure folds: live, and rebuild."""
