"""The command line of this package: arguments in, text out, an exit code."""
