"""What follows when a job has ended or the backlog of a model has drained."""
