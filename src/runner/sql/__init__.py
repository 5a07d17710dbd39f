"""SQL texts: scanning, compiling nodes, putting ephemeral models in."""
