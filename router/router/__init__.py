"""The path router: rules, their checker, and two implementations."""
