"""What hostile and broken input does to this project: python -m tests.tools.attack KIND --seed N --budget N."""
