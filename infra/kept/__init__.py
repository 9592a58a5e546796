"""What holds data is never replaced by accident: a record beside the team files says what it was made as.

CloudFormation answers a change of some properties by making the resource anew, empty, and leaving or deleting the old
one. Nothing at synth can ask AWS what is there, so the record (`kept/<team>-<environment>.yaml` beside the team files)
is committed with them: a change that would replace something is refused, and what is accepted on purpose shows in
review.
"""
