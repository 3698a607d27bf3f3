//! One run of a script as a state value: takes sandbox steps, says which calls to make, counts budgets.
