"""One file per kind of outgoing activity: pure functions from our own structs to documents.

Imported by `delivery` and `objects`. Reading order: words · stamps · notes · polls · follow · reactions ·
offers · flags · deletes.
"""
