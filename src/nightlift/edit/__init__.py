"""The edit: what is to be done to a photo, who decides it, and how it is applied."""
