"""What business-intelligence programs are given: their own files, made from the project's definitions.

Decides and writes texts; opens no database. What the columns of a table are, the caller says.
"""
