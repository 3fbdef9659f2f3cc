"""One module per group of commands: each has a `group`, and is found by walking this folder."""
