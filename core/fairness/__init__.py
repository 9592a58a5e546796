"""How differently a data set and a model treat groups of people: Clarify's metrics and Fairlearn's. numpy.

Everything but the flip test follows from one small table of counts, so a window of any size can be counted in parts.
"""
