"""What the buyer just said, answered in the reader's browser: the kernel as WebAssembly, the scripts, and the data that they read."""
