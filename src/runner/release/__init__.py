"""How a build reaches its readers: built aside, tested there, made visible by one flip of a link."""
