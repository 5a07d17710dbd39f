"""What is to be done: statements for each kind of node, and the steps in their order."""
