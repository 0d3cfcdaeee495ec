"""Every sentence of the butler, in French and in English: one literal table per subject, no code.

For `letters` alone. A new letter is a name in the `Literal` of its file and a row in its table.
"""
