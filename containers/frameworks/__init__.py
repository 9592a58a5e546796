"""Models of the frameworks that the platform takes: how each is read, answers and is explained.

A framework is imported when a model of it is read, never before.
"""
