"""What stands before the site: an nginx that waits for slow visitors, so that no thread of the site has to."""
