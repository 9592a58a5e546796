"""Gates: each compares a new model with something and says whether it may go on."""
