"""Jobs: the containers' own programs as processes, in folders of the shape that SageMaker makes."""
