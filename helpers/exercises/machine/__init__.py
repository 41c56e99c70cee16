"""What marks an exercise: the exercise, shared checks, the sentences, two long checks of one exercise."""
