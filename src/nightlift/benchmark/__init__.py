"""Methods on several data sets: one table, what may be said of it, and what each method costs."""
