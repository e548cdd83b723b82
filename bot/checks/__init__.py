"""What ``batchbot doctor`` looks at: findings, and the checks that make them."""
