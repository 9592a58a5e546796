"""What is done about an alarm: facts and policy in, a decision with its reason out. Standard library only, and pure.

The path from an alarm to a training run spends money, so it is a protocol: claim the model's row for the episode, start
with a token that only the episode determines, record, notify. Lambdas carry the steps out; what each step may do is
decided here.
"""
