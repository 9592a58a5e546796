"""What each feature adds to a model's answer: exact Shapley values of trees, estimates for any other model.

numpy; numba where `tree_shap` is used, which is imported only there.
"""
