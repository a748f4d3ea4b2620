"""Where parts are cut into chunks: pure functions of bytes and parameters (spec/chunking.md)."""
