"""What a person wrote, read into frozen values: settings, profiles, files, YAML, packages."""
