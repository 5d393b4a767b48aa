"""Both deployments under Compose. A package, so that they end before other tests begin."""
