"""The only SQL of the project.

Reading order: database (the door: `read`, `write`, `Tx`) · tables/ · then one file of questions per noun.
Every function is sync, takes a `Tx` first and returns frozen structs. Imported by work and everything above.
"""
