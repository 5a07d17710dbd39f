"""What people and other programs read: console, JSON lines, JUnit, annotations, artifacts."""
