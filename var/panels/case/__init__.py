"""The protocol of a review on the screen: one press for each step, its gates apart, its clock always in sight."""
