"""What runs on AWS Lambda: gather, decide, act. The middle step lies in `core`; here are the other two."""
