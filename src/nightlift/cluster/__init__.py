"""Folders of photos on any file system, enhanced by the machines of a Ray cluster."""
